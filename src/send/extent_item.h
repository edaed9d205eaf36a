// An EXTENT_DATA item of the send root, as the walk met it. Beside a relocation the address in it
// is a name (root_reader.h): it may be compared at any time, but whoever reads the extent holds the
// commit root semaphore and asks where it lies at that moment.
#pragma once

#include "files/extent_reader.h"
#include "send/send_context.h"

namespace canopy {

struct ExtentItemAt {
  Key key;
  FileExtent extent;
  u64 leaf_owner = 0;  // the tree that the leaf's header names: which reference is our own
  bool first_in_leaf = false;
  u64 address = 0;  // where it lay when the item was met, if Protection::revalidation is left out

  // Where it ends in the file. An inline extent fills its block.
  u64 end(u32 sectorsize) const {
    return extent.is_inline() ? sectorsize : key.offset + extent.item.num_bytes;
  }
};

// The item in a path's slot. Its inline data lasts as long as the path's leaf.
Result<ExtentItemAt> extent_item_at(const SendContext& context, const Path& path);

// The extent with its address for a name, to be read from before the semaphore is let go. REQUIRES:
// the commit root semaphore is held.
FileExtent where_it_lies(const SendContext& context, const ExtentItemAt& item);

// Where the item in a path's slot ends in its file.
Result<u64> extent_end(const Path& path, u32 sectorsize);

// The kernel rounds the length of inline extents up to its page size, not to the sector size.
inline constexpr u64 kernel_page_size = 4096;
constexpr u64 round_up_to_page(u64 value) {
  return (value + kernel_page_size - 1) & ~(kernel_page_size - 1);
}

}  // namespace canopy
