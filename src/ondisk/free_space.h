// The free space tree's items and the header of the v1 free space cache.
#pragma once

#include "ondisk/key.h"

namespace canopy {

inline constexpr u32 FREE_SPACE_USING_BITMAPS = 1u << 0;
inline constexpr u32 FREE_SPACE_BITMAP_SIZE = 256;                         // bytes
inline constexpr u32 FREE_SPACE_BITMAP_BITS = FREE_SPACE_BITMAP_SIZE * 8;  // sectors

// btrfs_free_space_info
struct FreeSpaceInfo {
  le32 extent_count;
  le32 flags;
};
static_assert(sizeof(FreeSpaceInfo) == 8);

// btrfs_free_space_header: the v1 cache, (FREE_SPACE, 0, block group).
struct FreeSpaceHeader {
  DiskKey location;
  le64 generation;
  le64 num_entries;
  le64 num_bitmaps;
};
static_assert(sizeof(FreeSpaceHeader) == 41);

}  // namespace canopy
