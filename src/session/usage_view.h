// What the space is used for, as tables and as the text of btrfs-progs: the filesystem as a whole,
// its devices and chunks; and, since these read much, what each subvolume takes and how each tree
// lies. Plain values, read on a thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "report/chunk_list.h"
#include "report/disk_use.h"
#include "report/tree_stats.h"
#include "report/usage.h"

namespace canopy {

struct UsageKey {
  u64 generation = 0;  // of the filesystem

  friend bool operator==(const UsageKey&, const UsageKey&) = default;
};

struct UsageView {
  Usage usage;
  std::string usage_text;  // as `btrfs filesystem usage`
  struct Smallest {
    u64 devid = 0;
    std::optional<u64> bytes;
    std::string text;  // as `btrfs inspect-internal min-dev-size`, or why it is not known
  };
  std::vector<Smallest> smallest;  // of each device that is there
  std::vector<ChunkRow> chunks;
  std::string chunks_text;  // as `btrfs inspect-internal list-chunks`
  std::string problem;      // why something of this is not known
};

// Waits for reads. Never fails: what is not known is said.
UsageView read_usage_view(Filesystem& filesystem);

struct DiskUseView {
  u64 generation = 0;  // of the filesystem that was counted
  struct Row {
    u64 subvolume = 0;
    DiskUse use;
  };
  std::vector<Row> rows;
  std::string text;     // as `btrfs filesystem du -s` of all subvolumes
  std::string problem;  // why not all of them are there
};

// Goes through all files of all subvolumes that have a path, `counted` says how many. No balance
// should begin meanwhile: its commits would wait.
DiskUseView read_disk_use(Filesystem& filesystem, std::atomic<u64>& counted,
                          const std::atomic<bool>& dropped);

struct TreeStatsView {
  u64 generation = 0;  // of the filesystem that was read
  struct Row {
    u64 tree = 0;
    TreeStats stats;
  };
  std::vector<Row> rows;
  std::string text;     // as `btrfs inspect-internal tree-stats -t` of each tree
  std::string problem;  // why not all of them are there
};

// Goes through all trees; the same applies.
TreeStatsView read_all_tree_stats(Filesystem& filesystem, std::atomic<u64>& counted,
                                  const std::atomic<bool>& dropped);

struct SubvolumeTextKey {
  u64 subvolume = 0;
  u64 generation = 0;  // of the filesystem

  friend bool operator==(const SubvolumeTextKey&, const SubvolumeTextKey&) = default;
};

// As `btrfs subvolume show` prints it; empty if it cannot be read.
std::string read_subvolume_text(Filesystem& filesystem, u64 subvolume);

}  // namespace canopy
