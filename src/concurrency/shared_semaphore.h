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
#include "trace/event.h"

namespace canopy {

// How long a semaphore was waited for and held. That it is held shared lasts from the first reader
// until the last of those that overlap has gone: so long a writer waits.
struct SemaphoreTimes {
  struct Side {
    u64 taken = 0;
    u64 waited = 0;  // of those, how many could not have it at once
    u64 wait_ns = 0;
    u64 longest_wait_ns = 0;
    u64 hold_ns = 0;
    u64 longest_hold_ns = 0;
  };
  Side shared;
  Side exclusive;
};

class SharedSemaphore {
 public:
  // `name` says what it is, in a deadlock's description; it must be a string literal. The kinds are
  // what a trace calls waits for it.
  explicit SharedSemaphore(std::string_view name = "the commit root semaphore",
                           TraceKind shared_wait = TraceKind::commit_roots_shared,
                           TraceKind exclusive_wait = TraceKind::commit_roots_exclusive)
      : released_(name), shared_wait_(shared_wait), exclusive_wait_(exclusive_wait) {}

  void lock_shared();
  void unlock_shared();
  void lock();
  void unlock();

  // Whether a writer waits: a hint that anyone may read at any time.
  bool is_contended() const { return waiting_writers_.load(std::memory_order_relaxed) > 0; }

  // From now on times are taken. (Until then nobody looks at a clock.)
  void measure();
  // Those until now of what has ended; all zeros where nothing is measured.
  SemaphoreTimes times() const;

 private:
  // Waits until the condition holds. REQUIRES: `hold` is locked.
  template <typename Condition>
  void take(std::unique_lock<std::mutex>& hold, Condition may_go_on, TraceKind wait,
            SemaphoreTimes::Side& side);
  void end_hold(SemaphoreTimes::Side& side) const;
  // A trace shows who holds the commit root semaphore.
  bool is_traced() const { return shared_wait_ == TraceKind::commit_roots_shared; }

  mutable std::mutex mutex_;
  WaitPoint released_;
  u32 readers_ = 0;
  u32 writers_ = 0;  // more than one only in a run that has collapsed (scheduler.h)
  std::atomic<u32> waiting_writers_{0};
  TraceKind shared_wait_;
  TraceKind exclusive_wait_;
  bool measured_ = false;
  u64 held_since_ns_ = 0;
  SemaphoreTimes times_;
};

}  // namespace canopy
