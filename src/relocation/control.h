// How a running relocation is steered and watched from other threads: cancel and pause act between
// batches, where the image is a valid filesystem; progress is read at any time.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "base/result.h"
#include "concurrency/wait_point.h"

namespace canopy {

struct RelocationProgress {
  std::atomic<u64> chunks_expected{0};    // that pass the filters, counted at the start
  std::atomic<u64> chunks_considered{0};  // looked at so far
  std::atomic<u64> chunks_relocated{0};
  std::atomic<u64> current_group{0};     // logical address; 0 when none is being moved
  std::atomic<u64> group_bytes_left{0};  // used bytes of it
  std::atomic<u64> data_bytes_moved{0};
  std::atomic<u64> extents_moved{0};  // data extents and tree blocks
  std::atomic<u64> commits{0};
};

class RelocationControl {
 public:
  void cancel();
  void pause();
  void resume();
  bool is_cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  bool is_paused() const { return paused_.load(std::memory_order_relaxed); }

  // The relocation calls this between batches: waits while paused, Code::cancelled once cancelled.
  Result<void> between_batches();

  // Called around the relocation of each group, where somebody may forbid it: its Error ends the
  // balance. Set before it begins.
  std::function<Result<void>()> before_group;
  std::function<void()> after_group;

  RelocationProgress progress;

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> paused_{false};
  std::mutex mutex_;
  WaitPoint changed_{"the relocation to be resumed"};
};

}  // namespace canopy
