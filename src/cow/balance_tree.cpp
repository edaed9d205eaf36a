#include "cow/balance_tree.h"

#include <algorithm>

#include "cow/edit_block.h"

namespace canopy {
namespace {

constexpr u32 ITEM_HEAD = sizeof(Item);

// Puts a new root node above the block at `level`, which is the root now.
Result<void> grow_root(Transaction& transaction, Tree& tree, CowPath& path, u8 level) {
  ExtentBuffer& old_root = *path.nodes[level];
  if (level + 1u >= MAX_LEVEL)
    return error(Code::no_space, "tree {} cannot have more levels", objectid_name(tree.id()));
  auto above = static_cast<u8>(level + 1);
  Key first_key = old_root.nritems() > 0 ? old_root.key(0) : Key{};
  BufferRef root = TRY(transaction.allocate_block(tree.id(), above, first_key, old_root));
  insert_pointer(*root, 0, {first_key, old_root.start(), transaction.transid()});
  tree.root = {tree.id(), root->start(), transaction.transid(), above};
  tree.changed = true;
  path.nodes[above] = root;
  path.slots[above] = 0;
  return {};
}

Result<void> make_room_in_node(Transaction& transaction, Tree& tree, CowPath& path, u8 level);

// Puts `block`, whose place is right of the one that `path` has at its level, into the parent.
// `path` stays where it is.
Result<void> link_right(Transaction& transaction, Tree& tree, CowPath& path,
                        const ExtentBuffer& block) {
  u8 level = block.level();
  auto above = static_cast<u8>(level + 1);
  if (!path.has(above)) TRY(grow_root(transaction, tree, path, level));
  TRY(make_room_in_node(transaction, tree, path, above));
  insert_pointer(*path.nodes[above], path.slots[above] + 1,
                 {block.key(0), block.start(), transaction.transid()});
  return {};
}

// Moves `path` to the right neighbour of the block at `level`, which was just linked, with `slot`.
void step_right(CowPath& path, u8 level, BufferRef block, u32 slot) {
  path.slots[level + 1u] += 1;
  path.nodes[level] = std::move(block);
  path.slots[level] = slot;
}

// Splits the node at `level` if it is full. `path` then goes through the half that holds its slot.
Result<void> make_room_in_node(Transaction& transaction, Tree& tree, CowPath& path, u8 level) {
  BufferRef node = path.nodes[level];
  u32 count = node->nritems();
  if (count < node->max_pointers()) return {};
  u32 slot = path.slots[level];
  // Pointers that are added at the end keep being added there: the left node stays full.
  u32 keep = slot + 1 == count ? count - 1 : (count + 1) / 2;
  BufferRef right = TRY(transaction.allocate_block(tree.id(), level, node->key(keep), *node));
  move_pointers(*node, keep, count - keep, *right, 0);
  TRY(link_right(transaction, tree, path, *right));
  if (slot >= keep) step_right(path, level, right, slot - keep);
  return {};
}

// The slot from which on items go right so that both halves are about equally full.
u32 middle_of(const ExtentBuffer& leaf) {
  u32 half = leaf_used_bytes(leaf) / 2;
  u32 slot = 0;
  for (u32 sum = 0; slot < leaf.nritems() && sum < half; ++slot)
    sum += leaf.item_size(slot) + ITEM_HEAD;
  return std::max<u32>(slot, 1);
}

// A new leaf right of that of `path`, with the items from `keep` on.
Result<BufferRef> split_leaf(Transaction& transaction, Tree& tree, CowPath& path, u32 keep) {
  ExtentBuffer& leaf = *path.nodes[0];
  BufferRef right = TRY(transaction.allocate_block(tree.id(), 0, leaf.key(keep), leaf));
  move_items(leaf, keep, leaf.nritems() - keep, *right, 0);
  TRY(link_right(transaction, tree, path, *right));
  return right;
}

// A new, empty leaf right of that of `path`, for an item with `key`; `path` goes there.
Result<void> add_leaf_right(Transaction& transaction, Tree& tree, CowPath& path, const Key& key) {
  ExtentBuffer& leaf = *path.nodes[0];
  BufferRef right = TRY(transaction.allocate_block(tree.id(), 0, key, leaf));
  if (!path.has(1)) TRY(grow_root(transaction, tree, path, 0));
  TRY(make_room_in_node(transaction, tree, path, 1));
  insert_pointer(*path.nodes[1], path.slots[1] + 1, {key, right->start(), transaction.transid()});
  step_right(path, 0, right, 0);
  return {};
}

}  // namespace

Result<void> make_room(Transaction& transaction, Tree& tree, CowPath& path, const Key& key,
                       u32 size) {
  u32 need = size + ITEM_HEAD;
  if (leaf_free_bytes(path.leaf()) >= need) return {};
  CHECK(need <= path.leaf().leaf_data_size() && path.leaf().nritems() > 0);
  // Items that are added in order fill leaf after leaf.
  if (path.slot() == path.leaf().nritems()) return add_leaf_right(transaction, tree, path, key);
  u32 keep = middle_of(path.leaf());
  if (keep < path.leaf().nritems()) {
    BufferRef right = TRY(split_leaf(transaction, tree, path, keep));
    if (path.slot() > keep || (path.slot() == keep && leaf_free_bytes(path.leaf()) < need))
      step_right(path, 0, right, path.slot() - keep);
    if (leaf_free_bytes(path.leaf()) >= need) return {};
  }
  // One of the halves is still too full for this item: cut right where it goes.
  if (path.slot() == path.leaf().nritems()) return add_leaf_right(transaction, tree, path, key);
  if (path.slot() > 0) {
    BufferRef right = TRY(split_leaf(transaction, tree, path, path.slot()));
    if (leaf_free_bytes(path.leaf()) >= need) return {};
    if (leaf_free_bytes(*right) >= need) return step_right(path, 0, right, 0), Result<void>();
    return add_leaf_right(transaction, tree, path, key);
  }
  // It goes before all others, which leave it the leaf.
  BufferRef right = TRY(transaction.allocate_block(tree.id(), 0, path.leaf().key(0), path.leaf()));
  move_items(path.leaf(), 0, path.leaf().nritems(), *right, 0);
  return link_right(transaction, tree, path, *right);
}

namespace {

Result<void> shrink(Transaction& transaction, Tree& tree, CowPath& path, u8 level);

// Takes the block at `level`, which is empty, out of its parent.
Result<void> unlink_empty(Transaction& transaction, Tree& tree, CowPath& path, u8 level) {
  auto above = static_cast<u8>(level + 1);
  BufferRef block = path.nodes[level];
  remove_pointers(*path.nodes[above], path.slots[above], 1);
  if (path.slots[above] == 0 && path.nodes[above]->nritems() > 0) fix_low_keys(path, above);
  TRY(transaction.free_block(*block, tree.id()));
  return shrink(transaction, tree, path, above);
}

void set_root(Transaction& transaction, Tree& tree, const ExtentBuffer& root) {
  tree.root = {tree.id(), root.start(), transaction.transid(), root.level()};
  tree.changed = true;
}

// A root node with one child leaves the tree to the child; one without any, to an empty leaf.
Result<void> shrink_root(Transaction& transaction, Tree& tree, CowPath& path, u8 level) {
  BufferRef root = path.nodes[level];
  if (root->nritems() == 0) {
    BufferRef leaf = TRY(transaction.allocate_block(tree.id(), 0, Key{}, *root));
    set_root(transaction, tree, *leaf);
    return transaction.free_block(*root, tree.id());
  }
  while (root->level() > 0 && root->nritems() == 1) {
    BufferRef child = TRY(cow_child(transaction, tree, *root, 0));
    set_root(transaction, tree, *child);
    TRY(transaction.free_block(*root, tree.id()));
    root = child;
  }
  return {};
}

bool fits_together(const ExtentBuffer& a, const ExtentBuffer& b) {
  if (a.is_leaf()) return leaf_used_bytes(a) + leaf_used_bytes(b) <= a.leaf_data_size();
  return a.nritems() + b.nritems() <= a.max_pointers();
}

void move_all_left(ExtentBuffer& left, ExtentBuffer& right) {
  if (left.is_leaf()) {
    move_items(right, 0, right.nritems(), left, left.nritems());
  } else {
    move_pointers(right, 0, right.nritems(), left, left.nritems());
  }
}

// Joins the block at `level` with its right or left neighbour below the same parent, if both fit
// into one.
Result<void> join_neighbour(Transaction& transaction, Tree& tree, CowPath& path, u8 level) {
  auto above = static_cast<u8>(level + 1);
  ExtentBuffer& parent = *path.nodes[above];
  u32 slot = path.slots[above];
  for (u32 left_slot : {slot, slot - 1}) {
    if (left_slot >= parent.nritems() || left_slot + 1 >= parent.nritems()) continue;
    u32 other = left_slot == slot ? slot + 1 : left_slot;
    BlockRef neighbour = TRY(transaction.cache().read_child(parent, other, tree.id()));
    if (!fits_together(*path.nodes[level], *neighbour)) continue;
    BufferRef copy = TRY(cow_child(transaction, tree, parent, other));
    BufferRef left = other > slot ? path.nodes[level] : copy;
    BufferRef right = other > slot ? copy : path.nodes[level];
    move_all_left(*left, *right);
    path.slots[above] = left_slot + 1;
    path.nodes[level] = right;
    return unlink_empty(transaction, tree, path, level);
  }
  return {};
}

Result<void> shrink(Transaction& transaction, Tree& tree, CowPath& path, u8 level) {
  ExtentBuffer& block = *path.nodes[level];
  if (!path.has(static_cast<u8>(level + 1))) {
    if (level > 0) return shrink_root(transaction, tree, path, level);
    return {};
  }
  if (block.nritems() == 0) return unlink_empty(transaction, tree, path, level);
  bool sparse = block.is_leaf() ? leaf_used_bytes(block) < block.leaf_data_size() / 3
                                : block.nritems() < block.max_pointers() / 4;
  if (sparse) return join_neighbour(transaction, tree, path, level);
  return {};
}

}  // namespace

Result<void> shrink_after_removal(Transaction& transaction, Tree& tree, CowPath& path) {
  return shrink(transaction, tree, path, 0);
}

}  // namespace canopy
