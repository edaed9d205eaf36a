#include "concurrency/shared_semaphore.h"

#include "base/check.h"

namespace canopy {

void SharedSemaphore::lock_shared() {
  std::unique_lock hold(mutex_);
  released_.wait(hold, [this] { return writers_ == 0 && waiting_writers_.load() == 0; });
  ++readers_;
}

void SharedSemaphore::unlock_shared() {
  std::unique_lock hold(mutex_);
  CHECK(readers_ > 0);
  if (--readers_ == 0) released_.notify();
}

void SharedSemaphore::lock() {
  std::unique_lock hold(mutex_);
  waiting_writers_.fetch_add(1);
  released_.wait(hold, [this] { return writers_ == 0 && readers_ == 0; });
  waiting_writers_.fetch_sub(1);
  ++writers_;
}

void SharedSemaphore::unlock() {
  std::unique_lock hold(mutex_);
  CHECK(writers_ > 0);
  --writers_;
  released_.notify();
}

}  // namespace canopy
