// A semaphore held shared by many readers or exclusively by one writer. A waiting writer stops new
// readers and is visible to those who hold it (is_contended), so that a long reader can let go.
// The commit root semaphore is one: send searches commit roots holding it shared, a commit switches
// them holding it exclusively.
//
// Not recursive: a thread that holds it shared and asks again deadlocks if a writer waits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "base/types.h"

namespace canopy {

class SharedSemaphore {
 public:
  void lock_shared();
  void unlock_shared();
  void lock();
  void unlock();

  // Whether a writer waits. REQUIRES nothing: a hint that may be read by anyone.
  bool is_contended() const { return waiting_writers_.load(std::memory_order_relaxed) > 0; }

 private:
  std::mutex mutex_;
  std::condition_variable released_;
  u32 readers_ = 0;
  bool writer_ = false;
  std::atomic<u32> waiting_writers_{0};
};

}  // namespace canopy
