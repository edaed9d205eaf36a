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
  Lock lock(mutex_);
  if (task->state_ == Task::State::waiting) {
    remove_from_queue(task);
    return do_task(*task, lock);
  }
  while (task->state_ != Task::State::done && !queue_.empty())
    do_next(lock);
  done_.wait(lock, [&] { return task->state_ == Task::State::done; });
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

void WorkerPool::do_next(Lock& lock) {
  const std::shared_ptr<Task> task = std::move(queue_.front());
  queue_.pop_front();
  do_task(*task, lock);
}

void WorkerPool::do_task(Task& task, Lock& lock) {
  task.state_ = Task::State::running;
  lock.unlock();
  task.work_();
  lock.lock();
  task.state_ = Task::State::done;
  done_.notify_all();
}

void WorkerPool::run() {
  Lock lock(mutex_);
  for (;;) {
    submitted_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    do_next(lock);
  }
}

}  // namespace canopy
