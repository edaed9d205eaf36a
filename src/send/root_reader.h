// Searches in one committed tree, beside a writer or not. Each call holds the commit root semaphore
// for itself; what it hands out in a Path stays valid after that: where a writer is attached, the
// leaf is a clone and the nodes above it are dropped (the kernel's need_commit_sem).
//
// In a clone the addresses of file extents are their names (renaming.h): whatever a relocation
// moves meanwhile, what send sees and compares is the filesystem as it was when it was opened. Who
// reads an extent asks where it lies (extent_item.h).
//
// A reader is made for one send and used on its thread. It remembers the last few leaves and the
// inodes it was asked for: the tree is read-only, so that neither can be out of date.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "base/result.h"
#include "ondisk/inode_item.h"
#include "tree/committed_forest.h"

namespace canopy {

struct InodeInfo {
  u64 gen = 0;
  u64 size = 0;
  u64 mode = 0;
  u64 uid = 0;
  u64 gid = 0;
  u64 rdev = 0;
  u64 flags = 0;  // raw, as FILEATTR carries them
  u64 nlink = 0;
};

// The INODE_ITEM at which a path stands. Error: it is cut short.
Result<InodeItem> read_inode_item(const Path& path);
InodeInfo info_of(const InodeItem& item);

class RootReader {
 public:
  RootReader(CommittedForest& forest, std::shared_ptr<const CommittedRoot> root);

  u64 objectid() const { return root_->objectid(); }
  // A copy made when the reader was: a subvolume that is being sent does not change.
  const RootItem& item() const { return item_; }
  const CommittedRoot& root() const { return *root_; }
  CommittedForest& forest() const { return forest_; }

  // As the functions of the same names in tree/search.h.
  Result<bool> search(const Key& key, Path& path) const;
  Result<bool> search_at_or_after(const Key& key, Path& path) const;
  Result<bool> search_at_or_before(const Key& key, Path& path) const;
  // One item on; false, and the path behind the last item, at the end of the tree. The path may
  // stand behind the last item of its leaf, as after search().
  Result<bool> next_item(Path& path) const;

  // check_unprotected() of the path's leaf.
  Result<void> check_leaf(const Path& path) const;

  // The item with this key, for a quick look: the path has the leaf only. False: there is none.
  Result<bool> find(const Key& key, Path& path) const;
  // The INODE_ITEM of `ino`. Absent: there is none.
  Result<std::optional<InodeInfo>> find_inode(u64 ino) const;

 private:
  struct CachedInode {
    u64 ino = 0;
    std::optional<InodeInfo> info;
  };
  static constexpr std::size_t inode_slots = 256;
  static constexpr std::size_t leaves_kept = 4;

  Result<bool> step_to_next_leaf(Path& path) const;
  void protect(Path& path) const;

  CommittedForest& forest_;
  std::shared_ptr<const CommittedRoot> root_;
  RootItem item_;
  mutable std::array<CachedInode, inode_slots> inodes_;
  mutable std::array<BlockRef, leaves_kept> leaves_;
  mutable std::size_t next_leaf_slot_ = 0;
  mutable BlockRef unprotected_;  // the buffer itself, where leaves are not cloned
};

// A copy of a leaf that nobody writes to, with names for addresses. REQUIRES: the commit root
// semaphore is held since the leaf was found.
BlockRef clone_leaf(const CommittedForest& forest, const ExtentBuffer& leaf);

// Only where Protection::leaf_clones is left out: `buffer` is what `kept` was made from.
// Code::corrupt if it has another block in it now. (What one would see who reads on in it is
// undefined, so that it is compared instead of read.)
Result<void> check_unprotected(const BlockRef& buffer, const ExtentBuffer& kept);

// Holds the commit root semaphore shared for a scope. Within another such scope of the same thread
// it does nothing.
class HoldCommitRoots {
 public:
  explicit HoldCommitRoots(CommittedForest& forest);
  ~HoldCommitRoots();
  HoldCommitRoots(const HoldCommitRoots&) = delete;
  HoldCommitRoots& operator=(const HoldCommitRoots&) = delete;

 private:
  SharedSemaphore* semaphore_ = nullptr;  // held by this scope
};

}  // namespace canopy
