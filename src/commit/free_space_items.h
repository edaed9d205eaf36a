// The free space tree's items of one block group, made from the set of its free addresses: runs as
// extents, or bitmaps where extents would take more room.
#pragma once

#include "cow/items.h"
#include "space/block_groups.h"

namespace canopy {

// The items that describe `free` in [start, start + length). `bitmaps`: as bitmaps.
std::vector<ItemValue> build_free_space(u64 start, u64 length, const RangeSet& free, bool bitmaps,
                                        u32 sectorsize);

// Whether a group of that length with that many free runs is to be kept as bitmaps; between the two
// thresholds it stays as it is.
bool wants_bitmaps(u64 length, u64 runs, u32 sectorsize, bool has_bitmaps);

// Brings the items of a group up to date with group.free.
Result<void> write_free_space(Transaction& transaction, Tree& tree, const BlockGroup& group,
                              u32 sectorsize);
// Takes all items of a group out.
Result<void> erase_free_space(Transaction& transaction, Tree& tree, const BlockGroup& group);

}  // namespace canopy
