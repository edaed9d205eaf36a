// A transaction: the trees as they are being changed, and the blocks that were written new for it.
// Nothing that the last commit shows is ever written to; a block is changed by changing a copy of
// it (cow_block.h) at an address that was free, and once a block carries this transaction's id it
// is changed in place. A transaction that is dropped has changed nothing.
//
// One transaction runs at a time, on one thread. Committed readers go on beside it.
#pragma once

#include <map>
#include <memory>

#include "space/block_groups.h"
#include "space/delayed_refs.h"
#include "tree/committed_forest.h"

namespace canopy {

using BufferRef = std::shared_ptr<ExtentBuffer>;

// A tree as the transaction has it now.
struct Tree {
  RootPointer root;
  bool changed = false;  // its root item is behind

  u64 id() const { return root.tree; }
};

class Transaction {
 public:
  Transaction(BlockCache& cache, CommittedForest& forest, BlockGroups& groups)
      : cache_(cache), forest_(forest), groups_(groups), transid_(forest.generation() + 1) {}
  // Drops what was not committed.
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  u64 transid() const { return transid_; }
  BlockCache& cache() { return cache_; }
  CommittedForest& forest() { return forest_; }
  BlockGroups& groups() { return groups_; }
  DelayedRefs& delayed_refs() { return delayed_refs_; }
  u32 nodesize() const { return cache_.format().nodesize; }

  // The tree with this id. Code::not_found if there is none.
  Result<Tree*> tree(u64 objectid);
  // The same, nullptr if there is none.
  Result<Tree*> find_tree(u64 objectid);
  std::map<u64, Tree>& trees() { return trees_; }

  // Where a tree block may go.
  AllocationRule block_rule(u64 block_group_type) const;
  // An address for a block of a tree that is not shared. Where a conversion runs and its profile
  // has no room yet, another profile will do: making the chunk that brings room needs blocks
  // itself.
  Result<u64> allocate_address(u64 tree);
  // A new, empty block of a tree that is not shared, its header as that of `like`, its one
  // reference queued. `first_key` is what extent items that are not skinny keep of it.
  // Code::no_space.
  Result<BufferRef> allocate_block(u64 tree, u8 level, const Key& first_key,
                                   const ExtentBuffer& like);
  // A block at an address that the caller allocated, with the bytes of `from` and this
  // transaction's id; owner and flags stay. References are the caller's affair.
  BufferRef copy_block_to(const ExtentBuffer& from, u64 logical);
  // The buffer of a block of this transaction. REQUIRES: block.generation() == transid().
  BufferRef writable(const ExtentBuffer& block) const;
  // A block of a tree that is not shared goes: its reference is dropped, its address pinned (or
  // reused, if no commit shows it).
  Result<void> free_block(const ExtentBuffer& block, u64 tree);

  // All blocks of this transaction, by address.
  const std::map<u64, BufferRef>& dirty_blocks() const { return dirty_; }
  u64 dirty_bytes() const { return dirty_.size() * u64{nodesize()}; }
  // The commit wrote them: they are the cache's now.
  void forget_dirty_blocks();

 private:
  BlockCache& cache_;
  CommittedForest& forest_;
  BlockGroups& groups_;
  u64 transid_;
  std::map<u64, Tree> trees_;
  std::map<u64, BufferRef> dirty_;
  DelayedRefs delayed_refs_;
};

// The kind of block group that a tree's blocks live in.
inline u64 block_group_type_of(u64 tree) {
  return tree == CHUNK_TREE_OBJECTID ? BLOCK_GROUP_SYSTEM : BLOCK_GROUP_METADATA;
}

}  // namespace canopy
