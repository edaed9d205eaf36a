// A balance that runs on a thread, or that is only planned, and what can be seen of it.
//
// It changes the filesystem of the session, which other threads go on reading: they see each
// transaction once it is committed. Pausing and cancelling act between batches, so that what the
// last commit left is a filesystem in every case, and can be saved.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "filesystem/filesystem.h"
#include "relocation/balance.h"
#include "session/job_state.h"
#include "trace/trace.h"

namespace canopy {

struct BalanceJobSnapshot {
  JobState state = JobState::running;
  bool dry_run = false;
  u64 chunks_expected = 0;
  u64 chunks_relocated = 0;
  u64 chunks_without_space = 0;
  u64 rounds = 0;         // that have ended
  u64 current_group = 0;  // the address of the one that is emptied; 0: none
  u64 data_bytes_moved = 0;
  u64 extents_moved = 0;
  u64 commits = 0;
  double fraction = 0;  // of the bytes in the chunks that are balanced, 0 to 1
  double seconds = 0;   // without pauses
  std::optional<double> seconds_left;
  std::string problem;  // when failed

  bool ended() const { return has_ended(state); }
};

class BalanceJob {
 public:
  // `changed` is called by the thread when a chunk was done and when the job has ended.
  // After each round it asks `again`, if given, whether to begin another one. The thread records in
  // `trace`, if there is one.
  static std::shared_ptr<BalanceJob> start(std::shared_ptr<Filesystem> filesystem,
                                           const BalanceRequest& request, bool dry_run,
                                           std::function<void()> changed,
                                           std::function<bool()> again = nullptr,
                                           std::shared_ptr<Trace> trace = nullptr);
  ~BalanceJob();

  void pause();
  void resume();
  void cancel();

  BalanceJobSnapshot snapshot() const;
  // What came of each chunk so far; of dry runs: the chunks that would move.
  std::vector<BalancedChunk> chunks() const;
  // What would move and which room there is: known soon after the start.
  std::optional<BalancePlan> plan() const;

 private:
  struct Shared;
  explicit BalanceJob(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

}  // namespace canopy
