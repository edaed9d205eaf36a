// A semaphore held shared by many readers or exclusively by one writer. A waiting writer stops new
// readers and is visible to those who hold it (is_contended), so that a long reader can let go.
// The commit root semaphore is one: send searches commit roots holding it shared, a commit switches
// them holding it exclusively.
//
// Not recursive: a thread that holds it shared and asks again deadlocks if a writer waits.
#pragma once

#include <atomic>
#include <mutex>
#include <string_view>

#include "base/types.h"
#include "concurrency/wait_point.h"

namespace canopy {

class SharedSemaphore {
 public:
  // `name` says what it is, in a deadlock's description; it must be a string literal.
  explicit SharedSemaphore(std::string_view name = "the commit root semaphore") : released_(name) {}

  void lock_shared();
  void unlock_shared();
  void lock();
  void unlock();

  // Whether a writer waits: a hint that anyone may read at any time.
  bool is_contended() const { return waiting_writers_.load(std::memory_order_relaxed) > 0; }

 private:
  std::mutex mutex_;
  WaitPoint released_;
  u32 readers_ = 0;
  u32 writers_ = 0;  // more than one only in a run that has collapsed (scheduler.h)
  std::atomic<u32> waiting_writers_{0};
};

}  // namespace canopy
