// What a check found: where, and what is wrong there, as a sentence.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ondisk/key.h"

namespace canopy {

// The steps of a check, in their order, as `btrfs check` numbers them.
enum class CheckStage : u8 {
  root_items,  // superblocks, root items
  extents,     // tree blocks, extents and who refers to them, chunks, devices
  free_space,  // free space tree or cache
  subvolumes,  // inodes, directories, file extents
  checksums,   // of data: that they are there and belong to something; on request, that they match
  root_refs,   // where subvolumes lie in each other
  quotas,
};
inline constexpr u32 CHECK_STAGES = 7;

// What kind of thing is wrong.
enum class Problem : u8 {
  superblock,
  unreadable_block,  // a tree block of which no copy is good
  bad_copy,          // one copy of a tree block or of data
  wrong_block,       // a tree block that is not what its parent says
  key_order,         // keys of two blocks
  wrong_item,        // an item that has no place where it stands
  extent_item,
  reference,  // what the extent tree says of an extent against what there is
  sharing,    // the kernel would take a shared block for one that is not shared
  chunk,
  device,
  block_group,
  free_space,
  csum_item,
  data,  // data that do not match their checksums
  root_item,
  inode,
  file_extent,
  directory,
  subvolume_ref,
  quota,
  incomplete,  // something that could not be checked because of what else is wrong
};

// "reference", "free space": for lists and filters.
const char* problem_name(Problem problem);

enum class Severity : u8 {
  warning,  // odd, but the kernel copes with it
  error,
};

struct Finding {
  CheckStage stage = CheckStage::root_items;
  Problem problem = Problem::superblock;
  Severity severity = Severity::error;
  std::optional<u64> address;  // logical, of a tree block or data extent
  std::optional<u64> tree;     // its id
  std::optional<Key> key;
  std::string reason;

  // In one line: "tree 5, key (257 EXTENT_DATA 0), address 30408704: overlaps the extent before
  // it".
  std::string to_string() const;
};

}  // namespace canopy
