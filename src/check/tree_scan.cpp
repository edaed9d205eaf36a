#include "check/tree_scan.h"

namespace canopy {

TreeScan::TreeScan(CheckContext& context, const CheckedTree& tree, const Key& from)
    : context_(context), root_(tree.root), from_(from) {
  if (tree.is_partly_dropped()) {
    drop_key_ = tree.item.drop_progress.decode();
    drop_level_ = tree.item.drop_level;
    from_ = std::max(from_, *drop_key_);
  }
}

BlockRef TreeScan::read(u64 bytenr, u8 level) {
  auto block = context_.cache.read(bytenr, BlockExpectation{.level = level});
  if (block.ok()) return std::move(block).value();
  complete_ = false;
  return nullptr;
}

void TreeScan::entered(const ExtentBuffer& block) {
  if (on_block_) on_block_(block, root_.level);
}

// The pointer below which `from_` lies.
u32 TreeScan::first_slot(const ExtentBuffer& block) const {
  bool found = false;
  const u32 slot = block.lower_bound(from_, found);
  return block.is_leaf() || found || slot == 0 ? slot : slot - 1;
}

Result<bool> TreeScan::start() {
  started_ = true;
  if (root_.level >= MAX_LEVEL) {
    complete_ = false;
    return false;
  }
  path_.nodes[root_.level] = read(root_.bytenr, root_.level);
  if (path_.nodes[root_.level] == nullptr) return false;
  entered(*path_.nodes[root_.level]);
  path_.slots[root_.level] = first_slot(*path_.nodes[root_.level]);
  for (u8 level = root_.level; level > 0; --level) {
    const ExtentBuffer& node = *path_.nodes[level];
    // Where the tree was dropped, the block that the key leads to is gone if the pointer's key is
    // before it.
    const bool gone =
        drop_key_ && level == drop_level_ && node.key(path_.slots[level]) < *drop_key_;
    BlockRef child = gone ? nullptr : read(node.blockptr(path_.slots[level]), level - 1);
    if (child == nullptr) {
      path_.slots[0] = 0;
      return next_leaf();
    }
    entered(*child);
    path_.slots[level - 1u] = first_slot(*child);
    path_.nodes[level - 1u] = std::move(child);
  }
  if (path_.in_leaf()) return true;
  return next_leaf();
}

// Goes on to the next leaf that can be read and has items. The path is that of the leaf before, or
// has no block below the one whose child could not be read.
Result<bool> TreeScan::next_leaf() {
  u8 level = 1;
  while (level <= root_.level && path_.nodes[level] == nullptr)
    ++level;
  while (level <= root_.level) {
    TRY(context_.advance(0));
    const ExtentBuffer& node = *path_.nodes[level];
    if (path_.slots[level] + 1 >= node.nritems()) {
      ++level;
      continue;
    }
    ++path_.slots[level];
    for (u8 below = 0; below < level; ++below)
      path_.nodes[below] = nullptr;
    BlockRef child = read(node.blockptr(path_.slots[level]), level - 1);
    if (child == nullptr) continue;
    entered(*child);
    const bool empty = child->nritems() == 0;
    path_.slots[level - 1u] = level > 1 ? ~0u : 0;  // in a node, before the first pointer
    path_.nodes[level - 1u] = std::move(child);
    if (--level > 0) continue;
    if (!empty) return true;
    level = 1;
  }
  return false;
}

Result<bool> TreeScan::next() {
  bool more = false;
  if (!started_) {
    more = TRY(start());
  } else if (path_.nodes[0] != nullptr) {
    more = ++path_.slots[0] < path_.leaf().nritems() || TRY(next_leaf());
  }
  if (more) {
    key_ = path_.key();
  } else {
    path_.release();
  }
  return more;
}

}  // namespace canopy
