#include "tree/search.h"

namespace canopy {

Result<BlockRef> read_root(BlockCache& cache, const RootPointer& root) {
  if (root.level >= MAX_LEVEL)
    return error(Code::corrupt, "root of tree {} has level {}", objectid_name(root.tree),
                 root.level)
        .at(root.bytenr);
  BlockExpectation expected;
  expected.generation = root.generation;
  expected.level = root.level;
  expected.tree = root.tree;
  return cache.read(root.bytenr, expected);
}

namespace {

// What lies at or behind the end of what the path leads to at `level`: unknown at the right edge of
// the tree.
std::optional<Key> end_of(const Path& path, u8 level) {
  for (; level < MAX_LEVEL; ++level)
    if (path.nodes[level] != nullptr && path.slots[level] + 1 < path.nodes[level]->nritems())
      return path.nodes[level]->key(path.slots[level] + 1);
  return std::nullopt;
}

// The child that the path leads to below `level`; nullptr if it is lost, in a rescue.
Result<BlockRef> read_below(BlockCache& cache, u64 tree, const Path& path, u8 level) {
  const ExtentBuffer& node = *path.nodes[level];
  const u32 slot = path.slots[level];
  auto child = cache.read_child(node, slot, tree);
  if (child.ok() || cache.losses() == nullptr) return child;
  cache.losses()->add(LostBlock{tree, node.blockptr(slot), static_cast<u8>(level - 1),
                                node.key(slot), end_of(path, level), child.error().message()});
  return BlockRef();
}

// Stands for what is lost: a leaf without items.
BlockRef empty_leaf(BlockCache& cache, u64 logical) {
  return std::make_shared<ExtentBuffer>(logical, std::vector<u8>(cache.format().nodesize));
}

}  // namespace

Result<bool> search_slot(BlockCache& cache, const RootPointer& root, const Key& key, Path& path,
                         u8 lowest_level) {
  path.release();
  auto read = read_root(cache, root);
  if (!read.ok()) {
    if (cache.losses() == nullptr || lowest_level > 0) return std::move(read).error();
    cache.losses()->add(LostBlock{root.tree, root.bytenr, root.level, std::nullopt, std::nullopt,
                                  read.error().message()});
    path.nodes[0] = empty_leaf(cache, root.bytenr);
    return false;
  }
  BlockRef block = std::move(read).value();
  for (;;) {
    u8 level = block->level();
    bool found = false;
    u32 slot = block->lower_bound(key, found);
    if (level > 0 && !found && slot > 0) --slot;
    path.slots[level] = slot;
    path.nodes[level] = std::move(block);
    if (level <= lowest_level) return found;
    block = TRY(read_below(cache, root.tree, path, level));
    if (block != nullptr) continue;
    const u64 lost = path.nodes[level]->blockptr(slot);
    if (lowest_level > 0)
      return error(Code::corrupt, "what is looked for is below a block that is lost").at(lost);
    path.nodes[0] = empty_leaf(cache, lost);
    return false;
  }
}

namespace {

// Goes down from `level` along the near edge; false, with nothing in the path below, where a block
// on the way is lost.
template <bool Forward>
Result<bool> descend(BlockCache& cache, u64 tree, Path& path, u8 level) {
  for (u8 below = 0; below < level; ++below)
    path.nodes[below] = nullptr;
  for (; level > 0; --level) {
    BlockRef child = TRY(read_below(cache, tree, path, level));
    if (child == nullptr) return false;
    u32 count = child->nritems();
    if (count == 0)
      return error(Code::corrupt, "empty leaf below a node").at(child->start()).as_errno("EUCLEAN");
    path.slots[level - 1u] = Forward ? 0 : count - 1;
    path.nodes[level - 1u] = std::move(child);
  }
  return true;
}

// Moves to the neighbour on one side at the lowest level above the leaf that has one, then down
// its near edge. Between the leaf and the root nodes are missing only where they are lost.
template <bool Forward>
Result<bool> step_leaf(BlockCache& cache, u64 tree, Path& path) {
  Path moved = path;
  do {
    u8 level = 1;
    while (level < MAX_LEVEL && (moved.nodes[level] == nullptr ||
                                 (Forward ? moved.slots[level] + 1 >= moved.nodes[level]->nritems()
                                          : moved.slots[level] == 0)))
      ++level;
    if (level == MAX_LEVEL) return false;
    moved.slots[level] += Forward ? 1u : ~0u;
    if (TRY(descend<Forward>(cache, tree, moved, level))) {
      path = std::move(moved);
      return true;
    }
  } while (true);
}

}  // namespace

Result<bool> next_leaf(BlockCache& cache, u64 tree, Path& path) {
  return step_leaf<true>(cache, tree, path);
}

Result<bool> prev_leaf(BlockCache& cache, u64 tree, Path& path) {
  return step_leaf<false>(cache, tree, path);
}

Result<bool> search_at_or_after(BlockCache& cache, const RootPointer& root, const Key& key,
                                Path& path) {
  TRY(search_slot(cache, root, key, path));
  if (path.in_leaf()) return true;
  return next_leaf(cache, root.tree, path);
}

Result<bool> search_at_or_before(BlockCache& cache, const RootPointer& root, const Key& key,
                                 Path& path) {
  if (TRY(search_slot(cache, root, key, path))) return true;
  if (path.slot() > 0) {
    --path.slot();
    return true;
  }
  return prev_leaf(cache, root.tree, path);
}

Result<bool> next_item(BlockCache& cache, u64 tree, Path& path) {
  CHECK(path.in_leaf());
  if (++path.slot() < path.leaf().nritems()) return true;
  auto moved = next_leaf(cache, tree, path);
  return moved;
}

}  // namespace canopy
