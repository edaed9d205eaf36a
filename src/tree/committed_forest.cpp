#include "tree/committed_forest.h"

#include <algorithm>
#include <cstring>

namespace canopy {
namespace {

RootPointer root_tree_pointer(const Superblock& super) {
  return {ROOT_TREE_OBJECTID, super.root, super.generation, super.root_level};
}

RootPointer chunk_tree_pointer(const Superblock& super) {
  return {CHUNK_TREE_OBJECTID, super.chunk_root, super.chunk_root_generation,
          super.chunk_root_level};
}

}  // namespace

Result<RootItem> parse_root_item(Bytes item, u64 tree) {
  if (item.size() < ROOT_ITEM_V0_SIZE)
    return error(Code::corrupt, "root item of tree {} has {} bytes", objectid_name(tree),
                 item.size());
  RootItem root{};
  std::memcpy(&root, item.data(), std::min(item.size(), sizeof root));
  if (item.size() < sizeof root || root.generation_v2 != root.generation)
    std::memset(reinterpret_cast<u8*>(&root) + offsetof(RootItem, generation_v2), 0,
                sizeof root - offsetof(RootItem, generation_v2));
  if (root.level >= MAX_LEVEL)
    return error(Code::corrupt, "root item of tree {} has level {}", objectid_name(tree),
                 root.level);
  return root;
}

CommittedForest::CommittedForest(BlockCache& cache, const Superblock& super)
    : cache_(cache), generation_(super.generation) {
  cache_.set_generation(super.generation);
  for (const RootPointer& pointer : {root_tree_pointer(super), chunk_tree_pointer(super)})
    roots_.emplace(pointer.tree, std::make_shared<CommittedRoot>(pointer, RootItem{}));
}

Result<std::shared_ptr<CommittedRoot>> CommittedForest::read_root_item(u64 objectid) {
  RootPointer root_tree;
  {
    std::shared_lock hold(roots_mutex_);
    root_tree = roots_.at(ROOT_TREE_OBJECTID)->pointer_;
  }
  // The key's offset is 0, or for a snapshot the transaction that made it: the last one counts.
  Path path;
  if (!TRY(search_at_or_before(cache_, root_tree, {objectid, ROOT_ITEM_KEY, ~u64{0}}, path)))
    return std::shared_ptr<CommittedRoot>();
  if (path.key().objectid != objectid || path.key().type != ROOT_ITEM_KEY)
    return std::shared_ptr<CommittedRoot>();
  RootItem item = TRY(parse_root_item(path.item(), objectid));
  RootPointer pointer{objectid, item.bytenr, item.generation, item.level};
  return std::make_shared<CommittedRoot>(pointer, item);
}

Result<std::shared_ptr<const CommittedRoot>> CommittedForest::root(u64 objectid) {
  {
    std::shared_lock hold(roots_mutex_);
    auto found = roots_.find(objectid);
    if (found != roots_.end()) return std::shared_ptr<const CommittedRoot>(found->second);
  }
  auto root = TRY(read_root_item(objectid));
  if (root == nullptr) return std::shared_ptr<const CommittedRoot>();
  std::unique_lock hold(roots_mutex_);
  // Another thread may have read it meanwhile: everybody shares the first.
  return std::shared_ptr<const CommittedRoot>(roots_.emplace(objectid, root).first->second);
}

Result<void> CommittedForest::switch_roots(const Superblock& super, bool relocating,
                                           const std::map<u64, u64>& moves,
                                           const std::vector<u64>& created) {
  renaming_.apply(moves);
  for (u64 address : created)
    renaming_.create(address);
  std::map<u64, std::shared_ptr<CommittedRoot>> roots;
  {
    std::unique_lock hold(roots_mutex_);
    roots_.at(ROOT_TREE_OBJECTID)->pointer_ = root_tree_pointer(super);
    roots_.at(CHUNK_TREE_OBJECTID)->pointer_ = chunk_tree_pointer(super);
    roots = roots_;
  }
  for (auto& [objectid, root] : roots) {
    if (objectid == ROOT_TREE_OBJECTID || objectid == CHUNK_TREE_OBJECTID) continue;
    auto now = TRY(read_root_item(objectid));
    if (now == nullptr) {
      std::unique_lock hold(roots_mutex_);
      roots_.erase(objectid);
      continue;
    }
    root->pointer_ = now->pointer_;
    root->item_ = now->item_;
  }
  cache_.set_generation(super.generation);
  generation_.store(super.generation, std::memory_order_release);
  if (relocating) last_reloc_trans_.store(super.generation, std::memory_order_release);
  return {};
}

}  // namespace canopy
