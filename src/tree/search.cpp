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

Result<bool> search_slot(BlockCache& cache, const RootPointer& root, const Key& key, Path& path,
                         u8 lowest_level) {
  path.release();
  BlockRef block = TRY(read_root(cache, root));
  for (;;) {
    u8 level = block->level();
    bool found = false;
    u32 slot = block->lower_bound(key, found);
    if (level > 0 && !found && slot > 0) --slot;
    path.slots[level] = slot;
    if (level <= lowest_level) {
      path.nodes[level] = std::move(block);
      return found;
    }
    BlockRef child = TRY(cache.read_child(*block, slot, root.tree));
    path.nodes[level] = std::move(block);
    block = std::move(child);
  }
}

namespace {

// Moves to the neighbour on one side at the lowest level above the leaf that has one, then down
// its near edge.
template <bool Forward>
Result<bool> step_leaf(BlockCache& cache, u64 tree, Path& path) {
  u8 level = 1;
  while (level < MAX_LEVEL && path.nodes[level] != nullptr &&
         (Forward ? path.slots[level] + 1 >= path.nodes[level]->nritems() : path.slots[level] == 0))
    ++level;
  if (level == MAX_LEVEL || path.nodes[level] == nullptr) return false;
  Path moved = path;
  moved.slots[level] += Forward ? 1u : ~0u;
  for (; level > 0; --level) {
    BlockRef child = TRY(cache.read_child(*moved.nodes[level], moved.slots[level], tree));
    u32 count = child->nritems();
    if (count == 0)
      return error(Code::corrupt, "empty leaf below a node").at(child->start()).as_errno("EUCLEAN");
    moved.slots[level - 1u] = Forward ? 0 : count - 1;
    moved.nodes[level - 1u] = std::move(child);
  }
  path = std::move(moved);
  return true;
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
