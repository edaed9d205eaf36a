// Walking from an extent up to who reaches it.
//
//   data extent  --references-->  leaves  --references-->  nodes  --> ... -->  roots
//                 (items of inodes)
//
// The extent tree names for each extent either the leaf that points to it (a shared reference) or
// root, inode and offset by which the leaf is found (a keyed one), and for each tree block its
// parent or its root. So the walk first finds the leaves with the items that refer to the extent,
// then for each leaf, breadth first, the roots from which it is reached.
//
// The order in which users are found decides which clone source a send takes, so it is the
// kernel's (fs/btrfs/backref.c, iterate_extent_inodes): keyed references from the highest root id,
// inode and offset down, the leaves of one reference from the highest address down, then leaves of
// shared references from the highest address down; items of a leaf in the order of their keys if
// found by a keyed reference, against it if by a shared one. The addresses that count are those
// that leaves had when the filesystem was opened (tree/renaming.h): a relocation changes no order.
//
// Work is bounded by the image: every block is looked at once in a search for roots, so references
// that run in a circle end there.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "backref/extent_refs.h"

namespace canopy {

class CommittedForest;

// An item of a file that refers to an extent: `offset` is the place in the file of the byte that
// was asked for, `num_bytes` the length of the whole item.
struct ExtentUser {
  u64 root = 0;
  u64 ino = 0;
  u64 offset = 0;
  u64 num_bytes = 0;

  friend auto operator<=>(const ExtentUser&, const ExtentUser&) = default;
};

enum class WalkStep : u8 { go_on, stop };

// What a walk asks of its caller and tells it.
class BackrefVisitor : public ExtentFilter {
 public:
  // Asked of the data extent itself, not of the tree blocks above it.
  bool wants_references(const ExtentInfo&) override { return true; }
  // True: this keyed reference is passed over.
  virtual bool skip_data_ref(u64 /*root*/, u64 /*ino*/, u64 /*offset*/) { return false; }
  // The roots of a leaf if the caller knows them from before; the walk to the roots is then left
  // out. While a leaf is being looked through, its items are already reported for these roots, and
  // once more when the leaf's turn comes (the kernel does so, to stop early). The roots stay valid
  // until the next call of roots_found().
  virtual std::optional<std::span<const u64>> known_roots(u64 /*leaf*/) { return std::nullopt; }
  virtual void roots_found(u64 /*leaf*/, std::span<const u64> /*roots*/) {}
  virtual WalkStep found(const ExtentUser& user) = 0;
};

class BackrefWalk {
 public:
  static constexpr u64 no_limit = ~u64{0};

  // Blocks with more than `max_block_refs` references add nothing to a search for roots: what lies
  // above them is not found. `forest` is borrowed.
  explicit BackrefWalk(CommittedForest& forest, u64 max_block_refs = no_limit);

  // Reports every item of every root that refers to byte `position` of the data extent at
  // `bytenr`; without a position, or where the item is compressed, to any byte of it. A root that
  // is named by a reference but does not exist (any more) is reported like others.
  // REQUIRES: the commit root semaphore is held, or nobody writes.
  Result<void> extent_users(u64 bytenr, std::optional<u64> position, BackrefVisitor& visitor);

  // The roots from which the tree block at `bytenr` is reached, in the order found.
  // REQUIRES: as above.
  Result<std::vector<u64>> block_roots(u64 bytenr);

 private:
  struct ItemUser {
    u64 ino;
    u64 offset;
    u64 num_bytes;
  };
  // A leaf with items that refer to the extent.
  struct LeafUsers {
    u64 leaf = 0;
    std::vector<ItemUser> users;
  };
  struct BlockParents {
    std::vector<u64> parents;
    std::vector<u64> roots;  // of which the block is the root
  };
  struct Target {
    u64 bytenr;
    std::optional<u64> position;
    BackrefVisitor& visitor;
  };

  class ItemMatcher;

  Result<WalkStep> find_leaves(const Target& target);
  Result<WalkStep> resolve_data_ref(const Target& target, const ExtentRef& ref,
                                    std::span<const ExtentRef> shared);
  Result<WalkStep> scan_shared_leaf(const Target& target, u64 leaf, std::vector<ItemUser>& users);
  void add_leaf(LeafUsers leaf);
  WalkStep report(const LeafUsers& leaf, u64 root, BackrefVisitor& visitor);

  Result<const BlockParents*> parents_of(u64 bytenr);
  Result<BlockParents> read_parents(u64 bytenr);
  void forget_if_changed();

  CommittedForest& forest_;
  u64 max_block_refs_;
  // Of the extent in hand.
  ExtentRefs refs_;
  std::vector<LeafUsers> leaves_;
  std::unordered_map<u64, std::size_t> leaf_index_;
  // What was found about tree blocks, of the generation `known_generation_`: interior blocks are
  // asked for again by every leaf below them.
  std::unordered_map<u64, BlockParents> known_parents_;
  u64 known_generation_ = 0;
  std::size_t known_size_ = 0;
};

}  // namespace canopy
