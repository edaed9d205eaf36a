// A consistency check of a whole filesystem at rest, read-only: what `btrfs check` looks for, the
// rules of the kernel that it does not look for (facts that only show at the next write), and every
// copy of every tree block. What was read into caches before is not trusted: all of it is read from
// the devices again.
//
// What is wrong is a list of findings; an Error is returned only where nothing could be checked, or
// when the check was cancelled. A clean filesystem is one without findings of Severity::error.
//
// Memory. References and links are not collected: each side adds a number for each of them to sums
// (reference_sums.h), and only where sums differ the check goes again and collects those. So
// memory grows with
//   the number of tree blocks     three bits each (twice, where their addresses are scattered)
//   the number of trees, chunks, block groups and dev extents      some hundred bytes each
//   the extents of one damaged block group, and the references in damaged sums
//   with quotas the items of all files, counted once where they are shared
// beside 4 MiB that are always needed and the cache of tree blocks.
#pragma once

#include <array>
#include <atomic>
#include <functional>

#include "base/result.h"
#include "check/finding.h"

namespace canopy {

class Filesystem;

struct CheckOptions {
  bool check_data_csum = false;       // read all data and compare it, on all mirrors
  u64 cache_bytes = u64{32} << 20;    // of tree blocks
  std::size_t findings_kept = 10000;  // how many are listed; all are counted
};

// To watch a running check and end it, from any thread.
struct CheckControl {
  std::atomic<bool> cancelled{false};
  std::atomic<u32> stage{0};  // CheckStage
  std::atomic<u64> done{0};   // in it: tree blocks, subvolumes or bytes
  std::atomic<u64> total{0};  // about; 0: not known
};

struct CheckReport {
  std::vector<Finding> findings;  // in the order in which they were found, at most findings_kept
  u64 errors = 0;                 // of all that was found
  u64 warnings = 0;
  // Whether there was anything to check: no quotas, for example.
  std::array<bool, CHECK_STAGES> skipped{};
  bool has_log_tree = false;
  bool has_free_space_tree = false;

  // What `btrfs check` prints at the end.
  u64 bytes_used = 0;
  u64 csum_bytes = 0;
  u64 tree_bytes = 0;
  u64 fs_tree_bytes = 0;
  u64 extent_tree_bytes = 0;
  u64 waste_bytes = 0;
  u64 data_bytes_allocated = 0;
  u64 data_bytes_referenced = 0;

  bool clean() const { return errors == 0; }
};

// Checks what the last commit left. REQUIRES: nobody writes meanwhile. `on_finding` and `on_stage`,
// where given, are called as it goes, on the caller's thread. Errors: Code::cancelled.
struct CheckWatcher {
  std::function<void(CheckStage)> on_stage;
  std::function<void(const Finding&)> on_finding;
};
Result<CheckReport> check_filesystem(Filesystem& filesystem, const CheckOptions& options = {},
                                     CheckControl* control = nullptr,
                                     const CheckWatcher& watcher = {});

}  // namespace canopy
