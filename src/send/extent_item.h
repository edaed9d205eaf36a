// An EXTENT_DATA item of the send root, as the walk met it. Whoever uses the address in it holds
// the commit root semaphore and renews it first: the item comes from a clone of a leaf, and since
// that was made a relocation may have moved the extent and freed where it was.
#pragma once

#include "files/extent_reader.h"
#include "send/send_context.h"

namespace canopy {

struct ExtentItemAt {
  Key key;
  FileExtent extent;
  u64 leaf_owner = 0;  // the tree that the leaf's header names: which reference is our own
  bool first_in_leaf = false;
  u64 reloc_trans = 0;  // the last relocation's transaction when the address was read

  // Where it ends in the file. An inline extent fills its block.
  u64 end(u32 sectorsize) const {
    return extent.is_inline() ? sectorsize : key.offset + extent.item.num_bytes;
  }
};

// The item in a path's slot. Its inline data lasts as long as the path's leaf.
Result<ExtentItemAt> extent_item_at(const SendContext& context, const Path& path);

// Finds the address again if a relocation was committed since. REQUIRES: the commit root semaphore
// is held. Code::corrupt if the item is gone, which cannot be in a read-only subvolume.
Result<void> renew(const SendContext& context, ExtentItemAt& item);

// Where the item in a path's slot ends in its file.
Result<u64> extent_end(const Path& path, u32 sectorsize);

// The kernel rounds the length of inline extents up to its page size, not to the sector size.
inline constexpr u64 kernel_page_size = 4096;
constexpr u64 round_up_to_page(u64 value) {
  return (value + kernel_page_size - 1) & ~(kernel_page_size - 1);
}

}  // namespace canopy
