// Edits of the bytes of one tree block: items of a leaf and pointers of a node put in, taken out,
// moved to a neighbour. They keep the block's structure (tree_check would pass after each) and know
// nothing of trees; whoever changes slot 0 tells the parent.
//
// REQUIRES of all: the block belongs to the running transaction, slots lie inside, there is room.
#pragma once

#include "tree/extent_buffer.h"

namespace canopy {

// Bytes of a leaf that neither items nor their data take.
u32 leaf_free_bytes(const ExtentBuffer& leaf);
// Bytes of a leaf that they take.
u32 leaf_used_bytes(const ExtentBuffer& leaf);

void set_key(ExtentBuffer& block, u32 slot, const Key& key);

// Makes room for an item of `size` bytes at `slot` and returns its data, not initialized.
MutableBytes insert_item(ExtentBuffer& leaf, u32 slot, const Key& key, u32 size);
void remove_items(ExtentBuffer& leaf, u32 slot, u32 count);
// Cuts an item's data at its end or grows it there (new bytes not initialized).
MutableBytes resize_item(ExtentBuffer& leaf, u32 slot, u32 size);
MutableBytes mutable_item(ExtentBuffer& leaf, u32 slot);
// Moves `count` items from `slot` on to another leaf, in order, so that the first becomes
// `to_slot`.
void move_items(ExtentBuffer& leaf, u32 slot, u32 count, ExtentBuffer& to, u32 to_slot);

struct NodePointer {
  Key key;
  u64 blockptr = 0;
  u64 generation = 0;
};

inline NodePointer node_pointer(const ExtentBuffer& node, u32 slot) {
  return {node.key(slot), node.blockptr(slot), node.ptr_generation(slot)};
}
void set_pointer(ExtentBuffer& node, u32 slot, const NodePointer& pointer);
void insert_pointer(ExtentBuffer& node, u32 slot, const NodePointer& pointer);
void remove_pointers(ExtentBuffer& node, u32 slot, u32 count);
void move_pointers(ExtentBuffer& node, u32 slot, u32 count, ExtentBuffer& to, u32 to_slot);

}  // namespace canopy
