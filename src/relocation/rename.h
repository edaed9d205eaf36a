// Relocation as a renaming of addresses: extents and the tree blocks of a closure get new addresses
// f(x), each is written once, and everything that names x then names f(x). The graph of extents and
// references stays what it was: no reference changes its kind, nothing that was shared is copied
// twice.
//
//   tree blocks       bytenr, generation; pointers and disk_bytenr to what was renamed
//   extent tree       items of x become items of f(x); parents p in shared references become f(p)
//   csum tree         checksums move along
//   root items        bytenr, generation; last_snapshot, because a block that may be shared must
//                     not be younger than the last snapshot of any tree that reaches it
//
// New addresses are given in the order of the old ones (home_order.h).
#pragma once

#include "commit/filesystem_writer.h"
#include "relocation/closure.h"
#include "relocation/home_order.h"

namespace canopy {

// Where what moves may go. Flags are those of a chunk to be made where there is no room.
struct RenameTargets {
  AllocationRule data;
  u64 data_chunk = 0;
  AllocationRule blocks;
  u64 block_chunk = 0;
  bool make_block_chunks = true;
  // Groups that will be emptied: what lies there does not come home.
  const std::set<u64>* leaving = nullptr;
};

struct RenameCounts {
  u64 data_extents = 0;
  u64 data_bytes = 0;
  u64 tree_blocks = 0;
};

class Rename {
 public:
  // Blocks of the closure that are among `rising` take rising addresses.
  Rename(FilesystemWriter& writer, Transaction& transaction, const Closure& closure,
         HomeOrder& order, RisingBlocks& rising)
      : writer_(writer),
        transaction_(transaction),
        closure_(closure),
        order_(order),
        rising_(rising) {}

  // Does it all in the transaction; data is copied at once, to addresses that nothing refers to.
  // Errors: Code::no_space; Code::corrupt where data cannot be read from any mirror.
  Result<RenameCounts> run(const RenameTargets& targets);
  // From where to where everything has moved, for the commit.
  std::map<u64, u64> moves() const;
  // The transaction was committed: the order knows the new addresses.
  void committed();

 private:
  Result<void> choose_addresses(const RenameTargets& targets);
  Result<void> choose_block_addresses(const RenameTargets& targets);
  // `chunk_type` 0: no chunk is made.
  Result<u64> allocate(const AllocationRule& rule, u64 from, u64 chunk_type);
  Result<void> copy_data();
  Result<void> move_csums();
  Result<void> write_blocks();
  void rename_pointers(ExtentBuffer& block) const;
  std::vector<u64> affected_extents() const;
  Result<void> rewrite_extents();
  void keep_home(u64 bytenr);
  Result<void> write_root_items();
  Result<void> cow_own_trees();
  // The new address of a block, or the old one.
  u64 name_of(u64 bytenr) const {
    auto found = names_.find(bytenr);
    return found == names_.end() ? bytenr : found->second;
  }

  FilesystemWriter& writer_;
  Transaction& transaction_;
  const Closure& closure_;
  HomeOrder& order_;
  RisingBlocks& rising_;
  const std::set<u64>* leaving_ = nullptr;
  std::unordered_map<u64, u64> names_;       // tree blocks
  std::unordered_map<u64, u64> data_names_;  // data extents
};

}  // namespace canopy
