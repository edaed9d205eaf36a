#include "concurrency/worker_pool.h"

#include <algorithm>

namespace canopy {

u32 WorkerPool::spare_threads() {
  const u32 threads = std::thread::hardware_concurrency();
  return std::clamp(threads, 2u, 5u) - 1;
}

WorkerPool::~WorkerPool() {
  {
    std::scoped_lock hold(mutex_);
    ending_ = true;
    queue_.clear();
  }
  submitted_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

std::shared_ptr<WorkerPool::Task> WorkerPool::submit(std::function<void()> work) {
  auto task = std::make_shared<Task>(std::move(work));
  {
    std::scoped_lock hold(mutex_);
    queue_.push_back(task);
  }
  submitted_.notify_one();
  while (threads_.size() < thread_count_)
    threads_.emplace_back([this] { run(); });
  return task;
}

void WorkerPool::finish(const std::shared_ptr<Task>& task) {
  std::unique_lock hold(mutex_);
  if (task->state_ == Task::State::waiting) {
    remove_from_queue(task);
    task->state_ = Task::State::running;
    hold.unlock();
    task->work_();
    hold.lock();
    task->state_ = Task::State::done;
    return;
  }
  done_.wait(hold, [&] { return task->state_ == Task::State::done; });
}

void WorkerPool::drop(const std::shared_ptr<Task>& task) {
  std::unique_lock hold(mutex_);
  if (task->state_ == Task::State::waiting) {
    remove_from_queue(task);
    task->state_ = Task::State::done;
    return;
  }
  done_.wait(hold, [&] { return task->state_ == Task::State::done; });
}

void WorkerPool::remove_from_queue(const std::shared_ptr<Task>& task) {
  auto at = std::find(queue_.begin(), queue_.end(), task);
  if (at != queue_.end()) queue_.erase(at);
}

void WorkerPool::run() {
  std::unique_lock hold(mutex_);
  for (;;) {
    submitted_.wait(hold, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    std::shared_ptr<Task> task = std::move(queue_.front());
    queue_.pop_front();
    task->state_ = Task::State::running;
    hold.unlock();
    task->work_();
    hold.lock();
    task->state_ = Task::State::done;
    done_.notify_all();
  }
}

}  // namespace canopy
