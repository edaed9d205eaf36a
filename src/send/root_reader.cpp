#include "send/root_reader.h"

#include "concurrency/point.h"
#include "ondisk/file_extent.h"
#include "trace/trace.h"

namespace canopy {
namespace {

// What the outermost HoldCommitRoots of this thread holds.
thread_local SharedSemaphore* held = nullptr;

RootItem copy_item(CommittedForest& forest, const CommittedRoot& root) {
  HoldCommitRoots hold(forest);
  return root.item();
}

Key key_after(Key key) {
  if (++key.offset == 0 && ++key.type == 0) ++key.objectid;
  return key;
}

}  // namespace

HoldCommitRoots::HoldCommitRoots(CommittedForest& forest) {
  SharedSemaphore& semaphore = forest.commit_root_semaphore();
  if (held == &semaphore || !forest.protections().has(Protection::semaphore)) return;
  semaphore.lock_shared();
  semaphore_ = held = &semaphore;
}

HoldCommitRoots::~HoldCommitRoots() {
  if (semaphore_ == nullptr) return;
  held = nullptr;
  semaphore_->unlock_shared();
}

Result<InodeItem> read_inode_item(const Path& path) {
  if (path.item().size() < sizeof(InodeItem)) {
    return error(Code::corrupt, "inode item {} has {} bytes", key_text(path.key()),
                 path.item().size())
        .at(path.leaf().start())
        .as_errno("EUCLEAN");
  }
  return load_struct<InodeItem>(path.item());
}

InodeInfo info_of(const InodeItem& item) {
  return {item.generation, item.size, item.mode,  item.uid,
          item.gid,        item.rdev, item.flags, item.nlink};
}

Result<void> check_unprotected(const BlockRef& buffer, const ExtentBuffer& kept) {
  if (buffer->start() != kept.start() || buffer->generation() == kept.generation()) return {};
  return error(Code::corrupt, "the leaf in hand has generation {} instead of {}",
               buffer->generation(), kept.generation())
      .at(kept.start())
      .as_errno("EUCLEAN");
}

BlockRef clone_leaf(const CommittedForest& forest, const ExtentBuffer& leaf) {
  auto clone = std::make_shared<ExtentBuffer>(leaf);
  const Renaming& renaming = forest.renaming();
  if (renaming.empty()) return clone;
  for (u32 slot = 0; slot < leaf.nritems(); ++slot) {
    if (leaf.key(slot).type != EXTENT_DATA_KEY) continue;
    auto extent = load_file_extent(leaf.item(slot));
    if (!extent || extent->type == FILE_EXTENT_INLINE || extent->disk_bytenr == 0) continue;
    const std::size_t at = leaf.item_offset(slot) + offsetof(FileExtentItem, disk_bytenr);
    store_le<u64>(clone->mutable_bytes().data() + at, renaming.name_of(extent->disk_bytenr));
  }
  return clone;
}

RootReader::RootReader(CommittedForest& forest, std::shared_ptr<const CommittedRoot> root)
    : forest_(forest), root_(std::move(root)), item_(copy_item(forest, *root_)) {}

void RootReader::protect(Path& path) const {
  if (!forest_.cache().writer_attached() || path.nodes[0] == nullptr) return;
  if (!forest_.protections().has(Protection::leaf_clones)) unprotected_ = path.nodes[0];
  TraceSpan span(TraceKind::clone_block, path.leaf().start(), path.leaf().generation());
  note_fact(Fact::block_kept, path.leaf().start());
  Path kept;
  kept.nodes[0] = clone_leaf(forest_, path.leaf());
  forest_.note_kept(kept.nodes[0]);
  kept.slots[0] = path.slots[0];
  path = std::move(kept);
  yield_point(Point::send_leaf_cloned);
}

Result<bool> RootReader::search(const Key& key, Path& path) const {
  yield_point(Point::send_before_search);
  TraceSpan span(TraceKind::search, objectid());
  HoldCommitRoots hold(forest_);
  const RootPointer root = root_->pointer();
  yield_point(Point::send_in_search);
  bool found = TRY(search_slot(forest_.cache(), root, key, path));
  protect(path);
  return found;
}

Result<bool> RootReader::search_at_or_after(const Key& key, Path& path) const {
  yield_point(Point::send_before_search);
  TraceSpan span(TraceKind::search, objectid());
  HoldCommitRoots hold(forest_);
  const RootPointer root = root_->pointer();
  yield_point(Point::send_in_search);
  bool found = TRY(canopy::search_at_or_after(forest_.cache(), root, key, path));
  protect(path);
  return found;
}

Result<bool> RootReader::search_at_or_before(const Key& key, Path& path) const {
  yield_point(Point::send_before_search);
  TraceSpan span(TraceKind::search, objectid());
  HoldCommitRoots hold(forest_);
  const RootPointer root = root_->pointer();
  yield_point(Point::send_in_search);
  bool found = TRY(canopy::search_at_or_before(forest_.cache(), root, key, path));
  protect(path);
  return found;
}

Result<void> RootReader::check_leaf(const Path& path) const {
  if (unprotected_ == nullptr || path.nodes[0] == nullptr) return {};
  return check_unprotected(unprotected_, path.leaf());
}

Result<bool> RootReader::next_item(Path& path) const {
  TRY(check_leaf(path));
  if (path.slot() < path.leaf().nritems()) ++path.slot();
  if (path.in_leaf()) return true;
  return step_to_next_leaf(path);
}

// Beside a writer the nodes above the leaf may have been replaced since they were read, and after a
// quick look there are none: then the way down is searched again.
Result<bool> RootReader::step_to_next_leaf(Path& path) const {
  TraceSpan span(TraceKind::search, objectid());
  HoldCommitRoots hold(forest_);
  const u32 count = path.leaf().nritems();
  if (count == 0) return false;
  if (!forest_.cache().writer_attached() && path.nodes[1] != nullptr) {
    return next_leaf(forest_.cache(), objectid(), path);
  }
  const BlockRef leaf = path.nodes[0];
  bool found = TRY(canopy::search_at_or_after(forest_.cache(), root_->pointer(),
                                              key_after(leaf->key(count - 1)), path));
  if (!found) {
    path.release();
    path.nodes[0] = leaf;
    path.slots[0] = count;
    return false;
  }
  protect(path);
  return true;
}

Result<bool> RootReader::find(const Key& key, Path& path) const {
  for (const BlockRef& leaf : leaves_) {
    if (leaf == nullptr || key < leaf->key(0) || leaf->key(leaf->nritems() - 1) < key) continue;
    bool found = false;
    path.slots[0] = leaf->lower_bound(key, found);
    path.nodes[0] = leaf;
    return found;
  }
  bool found = TRY(search(key, path));
  if (path.nodes[0] != nullptr && path.leaf().nritems() > 0) {
    leaves_[next_leaf_slot_] = path.nodes[0];
    next_leaf_slot_ = (next_leaf_slot_ + 1) % leaves_kept;
  }
  return found;
}

Result<std::optional<InodeInfo>> RootReader::find_inode(u64 ino) const {
  CachedInode& cached = inodes_[ino % inode_slots];
  if (cached.ino == ino && ino != 0) return cached.info;

  Path path;
  std::optional<InodeInfo> info;
  if (TRY(find({ino, INODE_ITEM_KEY, 0}, path))) {
    info = info_of(TRY(read_inode_item(path)));
  }
  cached = {ino, info};
  return info;
}

}  // namespace canopy
