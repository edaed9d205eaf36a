// A few threads that do work ahead of the thread that needs it. Work is begun in the order in which
// it was handed in. Who needs a piece does it himself where nobody has begun it, and otherwise does
// the next one instead of waiting: a thread that sleeps has to be woken, which costs as much as a
// small piece. So a pool of no threads, or of threads that never get to run, costs time but nothing
// else.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/types.h"

namespace canopy {

class WorkerPool {
 public:
  // One piece of work. It runs once, on one thread, or never.
  class Task {
   public:
    explicit Task(std::function<void()> work) : work_(std::move(work)) {}

   private:
    friend class WorkerPool;
    enum class State : u8 { waiting, running, done };
    std::function<void()> work_;
    State state_ = State::waiting;  // guarded by the pool's mutex
  };

  // As many threads as a machine has to spare beside the one that asks, at least one, at most four.
  static u32 spare_threads();

  // Threads are started with the first task.
  explicit WorkerPool(u32 threads) : thread_count_(threads) {}
  // Tasks that were not begun are dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  std::shared_ptr<Task> submit(std::function<void()> work);
  // Returns when the task is done; does it here if no thread has begun it, and otherwise those that
  // wait behind it.
  void finish(const std::shared_ptr<Task>& task);
  // Returns when the task is done, or will never begin.
  void drop(const std::shared_ptr<Task>& task);

 private:
  using Lock = std::unique_lock<std::mutex>;
  void run();
  // Let `lock` go while they work.
  void do_task(Task& task, Lock& lock);
  void do_next(Lock& lock);  // REQUIRES: the queue is not empty
  void remove_from_queue(const std::shared_ptr<Task>& task);

  u32 thread_count_;
  std::mutex mutex_;
  std::condition_variable submitted_;
  std::condition_variable done_;
  std::deque<std::shared_ptr<Task>> queue_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace canopy
