// What is known of an image once it is open, and what never changes while it is looked at: plain
// values, for the page, the script interface and the tests.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/subvolume.h"
#include "filesystem/filesystem.h"
#include "session/block_view.h"

namespace canopy {

struct DeviceSummary {
  u64 devid = 0;
  std::string name;  // of the file
  u64 size_bytes = 0;
};

// How much a kind of block groups holds: "Data, single".
struct SpaceSummary {
  std::string name;
  u64 size_bytes = 0;
  u32 chunks = 0;
};

struct TreeSummary {
  BlockAddress root;
  std::string name;
  u64 blocks = 0;  // as the root item says; an estimate for the root tree and the chunk tree
  bool is_subvolume = false;
};

struct ImageSummary {
  std::string label;
  std::array<u8, 16> fsid{};
  u64 generation = 0;
  u32 nodesize = 0;
  u32 sectorsize = 0;
  std::string checksum;
  u16 csum_type = 0;
  u64 total_bytes = 0;
  u64 used_bytes = 0;
  bool has_log_tree = false;
  bool has_data = true;  // false: a dump of metadata
  std::vector<DeviceSummary> devices;
  std::vector<SpaceSummary> space;
  std::vector<TreeSummary> trees;  // the filesystem's own first, then subvolumes by id
  SubvolumeList subvolumes;
  std::vector<std::string> warnings;
  std::vector<u8> superblock;  // its bytes
};

// Reads the root tree. Errors: where it cannot be read.
Result<ImageSummary> summarize(Filesystem& filesystem);

}  // namespace canopy
