#include "backref/backref_walk.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "ondisk/file_extent.h"
#include "tree/committed_forest.h"

namespace canopy {
namespace {

// Parents and roots that known_parents_ may hold before it starts anew: 4 MiB.
constexpr std::size_t KNOWN_PARENTS_MAX = 512 * 1024;

Error corrupt_extent(u64 bytenr, const char* what) {
  return error(Code::corrupt, "extent item of {}: {}", bytenr, what).at(bytenr).as_errno("EUCLEAN");
}

// References that a walk looks at: those of the tree in which relocation gathers data never count.
bool counts(const ExtentRef& ref) { return ref.count != 0 && ref.root != DATA_RELOC_TREE_OBJECTID; }

// Keyed references from the highest root, inode and offset down, then shared ones from the highest
// parent down, by names. Equal ones are made one, their counts added.
void order_refs(std::vector<ExtentRef>& refs, const Renaming& renaming) {
  std::erase_if(refs, [](const ExtentRef& ref) { return !counts(ref); });
  std::sort(refs.begin(), refs.end(), [&](const ExtentRef& a, const ExtentRef& b) {
    if (a.type != b.type) return a.type < b.type;  // keyed types are below shared ones
    if (a.root != b.root) return a.root > b.root;
    if (a.objectid != b.objectid) return a.objectid > b.objectid;
    if (a.offset != b.offset) return a.offset > b.offset;
    return renaming.name_of(a.parent) > renaming.name_of(b.parent);
  });
  auto same = [](const ExtentRef& a, const ExtentRef& b) {
    return a.type == b.type && a.root == b.root && a.objectid == b.objectid &&
           a.offset == b.offset && a.parent == b.parent;
  };
  std::size_t kept = 0;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (kept > 0 && same(refs[kept - 1], refs[i])) {
      u64 sum = u64{refs[kept - 1].count} + refs[i].count;
      refs[kept - 1].count = static_cast<u32>(std::min<u64>(sum, std::numeric_limits<u32>::max()));
    } else {
      refs[kept++] = refs[i];
    }
  }
  refs.resize(kept);
}

// REQUIRES: `shared` is ordered as above.
bool has_parent(std::span<const ExtentRef> shared, u64 parent, const Renaming& renaming) {
  auto at = std::lower_bound(
      shared.begin(), shared.end(), renaming.name_of(parent),
      [&](const ExtentRef& ref, u64 name) { return renaming.name_of(ref.parent) > name; });
  return at != shared.end() && at->parent == parent;
}

void add_unique(std::vector<u64>& list, u64 value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

}  // namespace

// Whether an item refers to the wanted byte, and as what. It is reported at once where the roots of
// its leaf are known.
class BackrefWalk::ItemMatcher {
 public:
  explicit ItemMatcher(const Target& target) : target_(target) {}

  // The extent item in a leaf's slot; nullopt if it is inline or of another extent.
  Result<std::optional<FileExtentItem>> extent_at(const ExtentBuffer& leaf, u32 slot) const {
    auto extent = load_file_extent(leaf.item(slot));
    if (!extent)
      return error(Code::corrupt, "file extent item in slot {} is too short", slot)
          .at(leaf.start())
          .as_errno("EUCLEAN");
    if (extent->type == FILE_EXTENT_INLINE || extent->disk_bytenr != target_.bytenr)
      return std::optional<FileExtentItem>();
    return extent;
  }

  // Appends the item to `users` if it holds the wanted byte; `added` tells.
  WalkStep add(const ExtentBuffer& leaf, const Key& key, const FileExtentItem& extent,
               std::vector<ItemUser>& users, bool& added) const {
    added = false;
    ItemUser user{key.objectid, key.offset, extent.num_bytes};
    bool plain =
        extent.compression == COMPRESS_NONE && extent.encryption == 0 && extent.other_encoding == 0;
    if (target_.position && plain) {
      u64 begin = extent.offset;
      if (*target_.position < begin || *target_.position >= begin + user.num_bytes)
        return WalkStep::go_on;
      user.offset += *target_.position - begin;
    }
    if (auto roots = target_.visitor.known_roots(leaf.start())) {
      for (u64 root : *roots) {
        WalkStep step = target_.visitor.found({root, user.ino, user.offset, user.num_bytes});
        if (step == WalkStep::stop) return step;
      }
    }
    users.push_back(user);
    added = true;
    return WalkStep::go_on;
  }

 private:
  const Target& target_;
};

BackrefWalk::BackrefWalk(CommittedForest& forest, u64 max_block_refs)
    : forest_(forest), max_block_refs_(max_block_refs) {}

Result<void> BackrefWalk::extent_users(u64 bytenr, std::optional<u64> position,
                                       BackrefVisitor& visitor) {
  forget_if_changed();
  Target target{bytenr, position, visitor};
  leaves_.clear();
  leaf_index_.clear();
  if (TRY(find_leaves(target)) == WalkStep::stop) return {};
  std::vector<u64> roots;
  for (const LeafUsers& leaf : leaves_) {
    if (auto known = visitor.known_roots(leaf.leaf)) {
      for (u64 root : *known)
        if (report(leaf, root, visitor) == WalkStep::stop) return {};
      continue;
    }
    roots = TRY(block_roots(leaf.leaf));
    visitor.roots_found(leaf.leaf, roots);
    for (u64 root : roots)
      if (report(leaf, root, visitor) == WalkStep::stop) return {};
  }
  return {};
}

WalkStep BackrefWalk::report(const LeafUsers& leaf, u64 root, BackrefVisitor& visitor) {
  for (const ItemUser& user : leaf.users)
    if (visitor.found({root, user.ino, user.offset, user.num_bytes}) == WalkStep::stop)
      return WalkStep::stop;
  return WalkStep::go_on;
}

Result<WalkStep> BackrefWalk::find_leaves(const Target& target) {
  auto extent_root = TRY(forest_.root(EXTENT_TREE_OBJECTID));
  if (extent_root == nullptr) return error(Code::corrupt, "there is no extent tree");
  if (!TRY(read_extent_refs(forest_.cache(), *extent_root, target.bytenr, &target.visitor, refs_)))
    return WalkStep::go_on;
  if (!refs_.info.is_data()) return corrupt_extent(target.bytenr, "is not of data");
  auto skipped = [&](const ExtentRef& ref) {
    return ref.type == EXTENT_DATA_REF_KEY &&
           target.visitor.skip_data_ref(ref.root, ref.objectid, ref.offset);
  };
  std::erase_if(refs_.refs, skipped);
  order_refs(refs_.refs, forest_.renaming());
  auto first_shared = std::find_if(refs_.refs.begin(), refs_.refs.end(), [](const ExtentRef& ref) {
    return ref.type == SHARED_DATA_REF_KEY;
  });
  std::span<const ExtentRef> keyed(refs_.refs.begin(), first_shared);
  std::span<const ExtentRef> shared(first_shared, refs_.refs.end());

  // All keyed references are resolved before the first shared leaf is read.
  for (const ExtentRef& ref : keyed)
    if (TRY(resolve_data_ref(target, ref, shared)) == WalkStep::stop) return WalkStep::stop;
  for (const ExtentRef& ref : shared) {
    // A leaf without a matching item is kept too: the kernel looks for its roots all the same.
    std::vector<ItemUser> users;
    if (TRY(scan_shared_leaf(target, ref.parent, users)) == WalkStep::stop) return WalkStep::stop;
    add_leaf({ref.parent, std::move(users)});
  }
  return WalkStep::go_on;
}

// The items that one keyed reference stands for lie in one tree, behind the key it names, until as
// many were found as it counts. Leaves of another owner, and those that have a shared reference of
// their own, are not meant.
Result<WalkStep> BackrefWalk::resolve_data_ref(const Target& target, const ExtentRef& ref,
                                               std::span<const ExtentRef> shared) {
  auto root = TRY(forest_.root(ref.root));
  if (root == nullptr) return WalkStep::go_on;
  BlockCache& cache = forest_.cache();
  // Clones of older kernels left offsets below zero: then all items of the inode are looked at.
  constexpr u64 max_file_offset = std::numeric_limits<i64>::max();
  Key key{ref.objectid, EXTENT_DATA_KEY, ref.offset >= max_file_offset ? 0 : ref.offset};
  Path path;
  TRY(search_slot(cache, root->pointer(), key, path));
  auto not_meant = [&] {
    return path.leaf().owner() != ref.root ||
           has_parent(shared, path.leaf().start(), forest_.renaming());
  };
  ItemMatcher matcher(target);
  std::vector<LeafUsers> found;  // by this reference
  bool more = true;
  if (!path.in_leaf() || not_meant()) more = TRY(next_leaf(cache, ref.root, path));
  for (u64 count = 0; more && count < ref.count;) {
    Key at = path.key();
    if (at.objectid != ref.objectid || at.type != EXTENT_DATA_KEY) break;
    if (path.slot() == 0 && not_meant()) {
      more = TRY(next_leaf(cache, ref.root, path));
      continue;
    }
    auto extent = TRY(matcher.extent_at(path.leaf(), path.slot()));
    if (extent && at.offset - extent->offset == ref.offset) {
      ++count;
      u64 leaf = path.leaf().start();
      if (found.empty() || found.back().leaf != leaf) found.push_back({leaf, {}});
      bool added;
      if (matcher.add(path.leaf(), at, *extent, found.back().users, added) == WalkStep::stop)
        return WalkStep::stop;
      if (found.back().users.empty()) found.pop_back();
    }
    more = TRY(next_item(cache, ref.root, path));
  }
  std::sort(found.begin(), found.end(), [&](const LeafUsers& a, const LeafUsers& b) {
    return forest_.renaming().name_of(a.leaf) > forest_.renaming().name_of(b.leaf);
  });
  for (LeafUsers& leaf : found)
    add_leaf(std::move(leaf));
  return WalkStep::go_on;
}

void BackrefWalk::add_leaf(LeafUsers leaf) {
  auto [at, is_new] = leaf_index_.emplace(leaf.leaf, leaves_.size());
  if (is_new) {
    leaves_.push_back(std::move(leaf));
  } else {
    auto& users = leaves_[at->second].users;
    users.insert(users.end(), leaf.users.begin(), leaf.users.end());
  }
}

Result<WalkStep> BackrefWalk::scan_shared_leaf(const Target& target, u64 leaf,
                                               std::vector<ItemUser>& users) {
  BlockRef block = TRY(forest_.cache().read(leaf, {.level = 0}));
  ItemMatcher matcher(target);
  for (u32 slot = 0; slot < block->nritems(); ++slot) {
    Key key = block->key(slot);
    if (key.type != EXTENT_DATA_KEY) continue;
    auto extent = TRY(matcher.extent_at(*block, slot));
    if (!extent) continue;
    bool added;
    if (matcher.add(*block, key, *extent, users, added) == WalkStep::stop) return WalkStep::stop;
  }
  // The kernel puts each in front of those before.
  std::reverse(users.begin(), users.end());
  return WalkStep::go_on;
}

Result<std::vector<u64>> BackrefWalk::block_roots(u64 bytenr) {
  forget_if_changed();
  std::vector<u64> roots;
  std::vector<u64> blocks{bytenr};
  std::unordered_set<u64> seen_roots;
  std::unordered_set<u64> seen_blocks;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const BlockParents* above = TRY(parents_of(blocks[i]));
    for (u64 root : above->roots)
      if (seen_roots.insert(root).second) roots.push_back(root);
    for (u64 parent : above->parents)
      if (seen_blocks.insert(parent).second) blocks.push_back(parent);
  }
  return roots;
}

Result<const BackrefWalk::BlockParents*> BackrefWalk::parents_of(u64 bytenr) {
  auto known = known_parents_.find(bytenr);
  if (known != known_parents_.end()) return &known->second;
  BlockParents found = TRY(read_parents(bytenr));
  if (known_size_ > KNOWN_PARENTS_MAX) {
    known_parents_.clear();
    known_size_ = 0;
  }
  known_size_ += 8 + found.parents.size() + found.roots.size();
  return &known_parents_.emplace(bytenr, std::move(found)).first->second;
}

Result<BackrefWalk::BlockParents> BackrefWalk::read_parents(u64 bytenr) {
  class Limit final : public ExtentFilter {
   public:
    explicit Limit(u64 max_refs) : max_refs_(max_refs) {}
    bool wants_references(const ExtentInfo& info) override { return info.refs <= max_refs_; }

   private:
    u64 max_refs_;
  };
  auto extent_root = TRY(forest_.root(EXTENT_TREE_OBJECTID));
  if (extent_root == nullptr) return error(Code::corrupt, "there is no extent tree");
  Limit limit(max_block_refs_);
  ExtentRefs block;
  BlockParents above;
  if (!TRY(read_extent_refs(forest_.cache(), *extent_root, bytenr, &limit, block))) return above;
  if (block.info.is_data()) return corrupt_extent(bytenr, "is not of a tree block");
  order_refs(block.refs, forest_.renaming());
  std::optional<Key> first_key;
  for (const ExtentRef& ref : block.refs) {
    if (ref.type == SHARED_BLOCK_REF_KEY) {
      add_unique(above.parents, ref.parent);
      continue;
    }
    auto root = TRY(forest_.root(ref.root));
    if (root == nullptr || root->pointer().level == block.info.level) {
      add_unique(above.roots, ref.root);
      continue;
    }
    if (root->pointer().level < block.info.level)
      return corrupt_extent(bytenr, "names a tree that is not as high as the block");
    if (!first_key) {
      BlockRef read = TRY(forest_.cache().read(bytenr, {.level = block.info.level}));
      if (read->nritems() == 0) return corrupt_extent(bytenr, "has a parent but is empty");
      first_key = read->key(0);
    }
    Path path;
    auto level = static_cast<u8>(block.info.level + 1);
    TRY(search_slot(forest_.cache(), root->pointer(), *first_key, path, level));
    add_unique(above.parents, path.nodes[level]->start());
  }
  return above;
}

void BackrefWalk::forget_if_changed() {
  u64 generation = forest_.generation();
  if (generation == known_generation_) return;
  known_parents_.clear();
  known_size_ = 0;
  known_generation_ = generation;
}

}  // namespace canopy
