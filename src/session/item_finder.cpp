#include "session/item_finder.h"

#include <shared_mutex>

#include "tree/search.h"

namespace canopy {

namespace {

// The tree whose id is the next one from `from` on, as the root tree says; 0: there is none.
Result<u64> next_tree(CommittedForest& forest, u64 from) {
  if (from <= ROOT_TREE_OBJECTID) return ROOT_TREE_OBJECTID;
  std::shared_lock hold(forest.commit_root_semaphore());
  const auto root = TRY(forest.root(ROOT_TREE_OBJECTID));
  u64 listed = 0;
  Path path;
  Key wanted{from, ROOT_ITEM_KEY, 0};
  while (TRY(search_at_or_after(forest.cache(), root->pointer(), wanted, path))) {
    const Key key = path.key();
    if (key.type == ROOT_ITEM_KEY) {
      listed = key.objectid;
      break;
    }
    if (key.type > ROOT_ITEM_KEY && key.objectid == ~u64{0}) break;
    wanted = {key.type > ROOT_ITEM_KEY ? key.objectid + 1 : key.objectid, ROOT_ITEM_KEY, 0};
  }
  // The chunk tree has no root item.
  if (from <= CHUNK_TREE_OBJECTID && (listed == 0 || listed > CHUNK_TREE_OBJECTID))
    return CHUNK_TREE_OBJECTID;
  return listed;
}

// The key behind another one; nullopt if it is the last there can be.
std::optional<Key> key_after(const Key& key) {
  if (key.offset != ~u64{0}) return Key{key.objectid, key.type, key.offset + 1};
  if (key.type != 0xff) return Key{key.objectid, static_cast<u8>(key.type + 1), 0};
  if (key.objectid != ~u64{0}) return Key{key.objectid + 1, 0, 0};
  return std::nullopt;
}

// One leaf from `from` on: the item, or in `from` the key behind the leaf, none at the tree's end.
Result<std::optional<Place>> look_at_leaf(Filesystem& filesystem, u64 tree, u8 type,
                                          std::optional<Key>& from) {
  CommittedForest& forest = filesystem.forest();
  Key last;
  {
    std::shared_lock hold(forest.commit_root_semaphore());
    const auto root = TRY(forest.root(tree));
    Path path;
    if (root == nullptr || !TRY(search_at_or_after(forest.cache(), root->pointer(), *from, path))) {
      from = std::nullopt;
      return std::optional<Place>();
    }
    for (; path.in_leaf(); path.slot()++) {
      last = path.key();
      if (last.type == type) break;
    }
  }
  if (last.type == type) return std::optional(TRY(find_item(filesystem, tree, last)));
  from = key_after(last);
  return std::optional<Place>();
}

}  // namespace

bool may_hold(u64 tree, u8 type) {
  const bool has_files =
      is_subvolume_id(tree) || tree == ROOT_TREE_OBJECTID || tree == DATA_RELOC_TREE_OBJECTID;
  // Up to the contents of files; what is of another type is in trees of the filesystem itself.
  return type <= EXTENT_DATA_KEY ? has_files : !is_subvolume_id(tree);
}

ItemOfType find_item_of_type(Filesystem& filesystem, const ItemOfTypeKey& key,
                             std::atomic<u64>& leaves, const std::atomic<bool>& dropped) {
  ItemOfType found;
  const auto note = [&](const Error& problem) {
    if (found.problem.empty()) found.problem = problem.to_string();
  };
  std::optional<Key> from = key.after ? key_after(key.after->second) : Key{0, 0, 0};
  u64 tree = key.after ? key.after->first : ROOT_TREE_OBJECTID;
  while (tree != 0 && !dropped) {
    while (from && may_hold(tree, key.type) && !dropped) {
      auto place = look_at_leaf(filesystem, tree, key.type, from);
      leaves++;
      if (!place.ok()) {
        // What is behind the block that cannot be read is not looked for.
        note(place.error());
        break;
      }
      if (place.value()) {
        found.place = std::move(place).value();
        found.problem.clear();
        return found;
      }
    }
    if (tree == ~u64{0}) break;
    const auto next = next_tree(filesystem.forest(), tree + 1);
    if (!next.ok()) {
      note(next.error());
      break;
    }
    tree = next.value();
    from = Key{0, 0, 0};
  }
  return found;
}

}  // namespace canopy
