// Structure checks of a tree block, made before anything looks into it: number of items, order of
// keys, places and sizes of item data, pointers of nodes, and the shape of every item by its type
// (tree_check_items.h). (The kernel's tree-checker.c: what it accepts is accepted.)
#pragma once

#include "base/result.h"
#include "tree/extent_buffer.h"

namespace canopy {

// What the filesystem as a whole says about its blocks. What is left as it is here is not checked.
struct TreeCheckLimits {
  u32 sectorsize = MIN_NODESIZE;
  u32 csum_size = 0;             // of the checksum of a sector; 0: not known
  u64 max_generation = ~u64{0};  // the superblock's, and one for a log tree
  u64 incompat_flags = ~u64{0};  // of the superblock
};

// Code::corrupt with the block's address, and of an item the slot, the key and the reason.
// REQUIRES: the block is at least MIN_NODESIZE long; nothing else about its bytes.
Result<void> tree_check(const ExtentBuffer& block, const TreeCheckLimits& limits);

inline Result<void> tree_check(const ExtentBuffer& block, u32 sectorsize) {
  return tree_check(block, TreeCheckLimits{.sectorsize = sectorsize});
}

}  // namespace canopy
