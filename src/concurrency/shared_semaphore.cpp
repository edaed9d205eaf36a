#include "concurrency/shared_semaphore.h"

#include <algorithm>

#include "base/check.h"
#include "trace/trace.h"

namespace canopy {

void SharedSemaphore::measure() {
  std::scoped_lock hold(mutex_);
  measured_ = true;
}

SemaphoreTimes SharedSemaphore::times() const {
  std::scoped_lock hold(mutex_);
  return times_;
}

template <typename Condition>
void SharedSemaphore::take(std::unique_lock<std::mutex>& hold, Condition may_go_on, TraceKind wait,
                           SemaphoreTimes::Side& side) {
  if (measured_) ++side.taken;
  if (may_go_on()) return;
  TraceSpan span(wait);
  const u64 begin = measured_ ? trace_now() : 0;
  released_.wait(hold, may_go_on);
  if (begin == 0) return;
  const u64 waited = trace_now() - begin;
  ++side.waited;
  side.wait_ns += waited;
  side.longest_wait_ns = std::max(side.longest_wait_ns, waited);
}

void SharedSemaphore::end_hold(SemaphoreTimes::Side& side) const {
  if (held_since_ns_ == 0) return;
  const u64 held = trace_now() - held_since_ns_;
  side.hold_ns += held;
  side.longest_hold_ns = std::max(side.longest_hold_ns, held);
}

void SharedSemaphore::lock_shared() {
  std::unique_lock hold(mutex_);
  take(
      hold, [this] { return writers_ == 0 && waiting_writers_.load() == 0; }, shared_wait_,
      times_.shared);
  if (++readers_ == 1) held_since_ns_ = measured_ ? trace_now() : 0;
  if (is_traced()) trace_begin_hold(TraceKind::holds_shared);
}

void SharedSemaphore::unlock_shared() {
  std::unique_lock hold(mutex_);
  CHECK(readers_ > 0);
  if (is_traced()) trace_end_hold();
  if (--readers_ > 0) return;
  end_hold(times_.shared);
  released_.notify();
}

void SharedSemaphore::lock() {
  std::unique_lock hold(mutex_);
  waiting_writers_.fetch_add(1);
  take(hold, [this] { return writers_ == 0 && readers_ == 0; }, exclusive_wait_, times_.exclusive);
  waiting_writers_.fetch_sub(1);
  ++writers_;
  held_since_ns_ = measured_ ? trace_now() : 0;
  if (is_traced()) trace_begin_hold(TraceKind::holds_exclusive);
}

void SharedSemaphore::unlock() {
  std::unique_lock hold(mutex_);
  CHECK(writers_ > 0);
  if (is_traced()) trace_end_hold();
  --writers_;
  end_hold(times_.exclusive);
  released_.notify();
}

}  // namespace canopy
