// Copy on write in a subvolume, whose blocks may be shared with snapshots. Who refers to a block's
// children is kept right as the kernel does it (update_ref_for_cow):
//
//   one reference    the copy takes the block's place; a block with shared references to its
//                    children (FULL_BACKREF) hands them over as references of the subvolume
//   more, and the    the block stays for the others: what it refers to gets shared references, and
//   block is ours    it is marked FULL_BACKREF; the copy keeps the references of the subvolume
//   more, not ours   what it refers to gets references of our subvolume
//
// The subvolume's root item is not written here (write_subvolume_root).
#pragma once

#include <vector>

#include "cow/cow_block.h"

namespace canopy {

class SubvolumeCow {
 public:
  // Both are borrowed. REQUIRES: `tree` is a subvolume.
  SubvolumeCow(Transaction& transaction, Tree& tree) : transaction_(transaction), tree_(tree) {}

  // search_slot, copying every block on the way down. `tree.root` follows its root block. Errors:
  // reading, Code::corrupt where references do not fit, Code::no_space.
  Result<bool> search(const Key& key, CowPath& path);

  // One reference more or less to an extent. Code::corrupt where the image says different things of
  // it.
  Result<void> change(u64 bytenr, u64 num_bytes, bool is_data, const Backref& ref, i64 delta);

  // Blocks that nobody refers to any more.
  const std::vector<u64>& freed() const { return freed_; }

 private:
  struct Sharing {
    u64 refs = 0;
    bool full_backref = false;
  };

  Result<BufferRef> cow(const BlockRef& block);
  Result<Sharing> sharing_of(const ExtentBuffer& block);
  // One reference more or less to each child of a block: as its parent, or as our subvolume.
  Result<void> change_children(const ExtentBuffer& block, bool shared, i64 delta);

  Transaction& transaction_;
  Tree& tree_;
  std::vector<u64> freed_;
};

// Makes the subvolume's root item name `tree.root`, and the transaction as its last change.
Result<void> write_subvolume_root(Transaction& transaction, Tree& tree);

}  // namespace canopy
