// Which blocks must be written anew when extents move: every tree block that moves, every leaf that
// points to data that moves, and every parent of these up to every root.
//
//        root A      root B          A block points to its children by address, so a new address
//           \        /   \           means new parents, all the way up. Of the trees of the
//            node P       leaf Y     filesystem itself each block has one parent, and copying on
//           /     \                  write does it; blocks of subvolumes are shared, and are
//       leaf X    leaf Z             gathered here.
//           \     /
//          data extent D  moves:  X, Z, P, A, B are rewritten, once each; Y stays
//
// Parents are found from the references in the extent tree, never by walking whole trees.
#pragma once

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "commit/extent_record.h"

namespace canopy {

// A block of a subvolume that is rewritten.
struct ClosureBlock {
  ExtentRecord record;
  BlockRef block;
};

// A block of a tree of the filesystem itself, to be copied by a search for its key.
struct CowBlock {
  u64 tree = 0;
  Key key;
  u8 level = 0;
};

// An item of the root tree that points to data: a v1 free space cache's file.
struct CacheFileExtent {
  Key key;
  u64 bytenr = 0;
};

class Closure {
 public:
  // Reads the trees as the last commit has them. REQUIRES: no transaction changes them meanwhile.
  Closure(CommittedForest& forest, const RootPointer& extent_tree)
      : forest_(forest), extent_tree_(extent_tree) {}

  // An extent moves. Code::corrupt if references and trees contradict each other,
  // Code::unsupported for trees of an interrupted relocation.
  Result<void> add(const ExtentRecord& extent);

  // By address.
  const std::map<u64, ExtentRecord>& moved_data() const { return moved_data_; }
  const std::map<u64, ClosureBlock>& blocks() const { return blocks_; }
  // Trees whose root block is among them.
  const std::set<u64>& roots() const { return roots_; }
  const std::vector<CowBlock>& cow_blocks() const { return cow_blocks_; }
  const std::vector<CacheFileExtent>& cache_file_extents() const { return cache_file_extents_; }

 private:
  Result<void> add_block(u64 bytenr);
  Result<void> add_tree_block(const ExtentRecord& record);
  Result<void> add_parents(const ClosureBlock& block, std::vector<u64>& next);
  Result<void> add_users_by_key(u64 bytenr, const CountedRef& counted);
  Result<bool> leaf_is_owned(const ExtentBuffer& leaf, u64 root);
  Result<BlockRef> read_block(const ExtentRecord& record);
  Result<std::shared_ptr<const CommittedRoot>> root(u64 objectid, u64 bytenr);

  CommittedForest& forest_;
  RootPointer extent_tree_;
  std::map<u64, ExtentRecord> moved_data_;
  std::map<u64, ClosureBlock> blocks_;
  std::set<u64> roots_;
  std::vector<CowBlock> cow_blocks_;
  std::vector<CacheFileExtent> cache_file_extents_;
  std::unordered_map<u64, bool> full_backref_;  // of leaves that were looked at
};

}  // namespace canopy
