// Structure checks of a tree block, made before anything looks into it: number of items, order of
// keys, places and sizes of item data, pointers of nodes. (The kernel's tree-checker.c.)
#pragma once

#include "base/result.h"
#include "tree/extent_buffer.h"

namespace canopy {

// Code::corrupt with the block's address, the slot and the reason. `sectorsize` is that of the
// filesystem. REQUIRES: the block is at least MIN_NODESIZE long; nothing else about its bytes.
Result<void> tree_check(const ExtentBuffer& block, u32 sectorsize);

}  // namespace canopy
