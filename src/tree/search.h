// Finding items: search, and steps from a leaf to its neighbours. All of it reads through the block
// cache from a root pointer; who holds what while the tree may change is the caller's affair
// (CommittedForest).
//
// In a rescue (BlockCache::losses()) a block that cannot be read is noted as lost, and these go on
// as if it, and what it leads to, were not there.
#pragma once

#include "tree/block_cache.h"
#include "tree/path.h"

namespace canopy {

// Where the root block of a tree is, from its root item or the superblock.
struct RootPointer {
  u64 tree = 0;  // the tree's id
  u64 bytenr = 0;
  u64 generation = 0;
  u8 level = 0;
};

// The root block itself.
Result<BlockRef> read_root(BlockCache& cache, const RootPointer& root);

// Fills `path` down to `lowest_level` (0: the leaf) on the way to `key`; true if the key is there.
// If it is not, the slot at the lowest level is where it would be inserted: that may be one behind
// the last (a leaf), and in a node it is the pointer below which it would lie. (btrfs_search_slot)
Result<bool> search_slot(BlockCache& cache, const RootPointer& root, const Key& key, Path& path,
                         u8 lowest_level = 0);

// Moves to the first item of the next leaf, or to the last of the previous one; false, and the path
// unchanged, if there is none.
Result<bool> next_leaf(BlockCache& cache, u64 tree, Path& path);
Result<bool> prev_leaf(BlockCache& cache, u64 tree, Path& path);

// Search for the first item at or after `key`; false if there is none. (The path is then at the
// end of the tree.)
Result<bool> search_at_or_after(BlockCache& cache, const RootPointer& root, const Key& key,
                                Path& path);
// Search for the last item at or before `key`; false if there is none.
Result<bool> search_at_or_before(BlockCache& cache, const RootPointer& root, const Key& key,
                                 Path& path);
// One item on; false at the end of the tree. REQUIRES: path.in_leaf().
Result<bool> next_item(BlockCache& cache, u64 tree, Path& path);

}  // namespace canopy
