// The free space cache of version 1: for each block group a file of the root tree that lists what
// is free. The kernel believes it where its generations are right.
//
//   (FREE_SPACE 0 group)  FreeSpaceHeader: the inode, generation, how many entries and bitmaps
//   file, in pages of a sector
//     first page: CRC of each page (u32 each) | generation | entries
//     other pages: entries, then the bitmaps, a page each, in the order of their entries
//   entry: u64 address | u64 length | u8 type
#pragma once

#include "check/check_context.h"

namespace canopy {

// Compares what the caches list with what extents leave free.
Result<void> check_space_cache(CheckContext& context);

}  // namespace canopy
