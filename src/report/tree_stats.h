// How large a tree is, and how its blocks lie behind each other, as `btrfs inspect-internal
// tree-stats` tells it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "filesystem/filesystem.h"

namespace canopy {

// Of the walk from a root down, in which a seek is a child that does not lie behind the block
// before.
struct TreeStats {
  u8 level = 0;  // of the root
  u64 nodesize = 0;
  u64 total_nodes = 0;
  u64 inline_bytes = 0;
  u64 seeks = 0;
  u64 forward_seeks = 0;
  u64 backward_seeks = 0;
  u64 seek_bytes = 0;
  u64 longest_seek = 0;
  u64 clusters = 0;
  u64 cluster_bytes = 0;
  u64 smallest_cluster = ~u64{0};
  u64 largest_cluster = 0;
  u64 lowest = 0;
  u64 highest = 0;
  std::array<u64, MAX_LEVEL> blocks{};
  std::map<u64, u64> seek_counts;  // by distance
  std::chrono::microseconds took{0};
  std::vector<std::string> problems;  // blocks that could not be read: all below them is missing
};

// `find_inline`: counts the bytes of inline extents, which are in subvolumes only. Ends early once
// `stop` is true; `counted` goes up with every block. Both are borrowed. Errors: the root cannot be
// read. REQUIRES: nobody writes, or the commit root semaphore is held.
Result<TreeStats> read_tree_stats(Filesystem& filesystem, const RootPointer& root, bool find_inline,
                                  const std::atomic<bool>* stop = nullptr,
                                  std::atomic<u64>* counted = nullptr);

// `raw`: sizes in bytes.
std::string tree_stats_text(const TreeStats& stats, bool raw);

}  // namespace canopy
