// Copy on write: the way down a tree for whoever will change it. Every block on the way is copied
// to a free address once per transaction; its parent points to the copy, the old block is freed.
//
// Only trees whose blocks have one reference each are changed this way: the trees of the filesystem
// itself (root, extent, chunk, device, csum, quota, uuid, free space, block group). Blocks of
// subvolumes may be shared by many; relocation renames those as a whole.
#pragma once

#include <array>

#include "cow/transaction.h"

namespace canopy {

// As Path, with blocks of the transaction that may be changed.
struct CowPath {
  std::array<BufferRef, MAX_LEVEL> nodes;
  std::array<u32, MAX_LEVEL> slots{};

  ExtentBuffer& leaf() { return *nodes[0]; }
  u32& slot() { return slots[0]; }
  bool has(u8 level) const { return level < MAX_LEVEL && nodes[level] != nullptr; }
};

// Whether the blocks of a tree have one reference each.
constexpr bool is_cow_only(u64 tree) {
  return !is_subvolume_id(tree) && tree != DATA_RELOC_TREE_OBJECTID &&
         tree != TREE_RELOC_OBJECTID && tree != TREE_LOG_OBJECTID;
}

// search_slot, copying every block on the way down to `lowest_level`. REQUIRES: is_cow_only(tree).
// `tree.root` follows its root block. Errors: reading, Code::no_space.
Result<bool> search_cow(Transaction& transaction, Tree& tree, const Key& key, CowPath& path,
                        u8 lowest_level = 0);

// The child at path.slots[level] of path.nodes[level], copied, its pointer updated.
Result<BufferRef> cow_child(Transaction& transaction, Tree& tree, ExtentBuffer& parent, u32 slot);

// Slot 0 of the block at `level` has another key now: tells the parents that name it.
void fix_low_keys(CowPath& path, u8 level);

}  // namespace canopy
