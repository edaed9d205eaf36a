// Chunks (where logical addresses lie on devices), devices, and block groups (how much of a chunk
// is used).
#pragma once

#include <string>

#include "ondisk/key.h"

namespace canopy {

inline constexpr u64 STRIPE_LEN = 65536;

inline constexpr u64 BLOCK_GROUP_DATA = 1u << 0;
inline constexpr u64 BLOCK_GROUP_SYSTEM = 1u << 1;
inline constexpr u64 BLOCK_GROUP_METADATA = 1u << 2;
inline constexpr u64 BLOCK_GROUP_RAID0 = 1u << 3;
inline constexpr u64 BLOCK_GROUP_RAID1 = 1u << 4;
inline constexpr u64 BLOCK_GROUP_DUP = 1u << 5;
inline constexpr u64 BLOCK_GROUP_RAID10 = 1u << 6;
inline constexpr u64 BLOCK_GROUP_RAID5 = 1u << 7;
inline constexpr u64 BLOCK_GROUP_RAID6 = 1u << 8;
inline constexpr u64 BLOCK_GROUP_RAID1C3 = 1u << 9;
inline constexpr u64 BLOCK_GROUP_RAID1C4 = 1u << 10;
inline constexpr u64 BLOCK_GROUP_TYPE_MASK =
    BLOCK_GROUP_DATA | BLOCK_GROUP_SYSTEM | BLOCK_GROUP_METADATA;
inline constexpr u64 BLOCK_GROUP_PROFILE_MASK =
    BLOCK_GROUP_RAID0 | BLOCK_GROUP_RAID1 | BLOCK_GROUP_DUP | BLOCK_GROUP_RAID10 |
    BLOCK_GROUP_RAID5 | BLOCK_GROUP_RAID6 | BLOCK_GROUP_RAID1C3 | BLOCK_GROUP_RAID1C4;

// btrfs_stripe
struct Stripe {
  le64 devid;
  le64 offset;
  u8 dev_uuid[16];
};
static_assert(sizeof(Stripe) == 32);

// btrfs_chunk without its stripes, which follow it.
struct Chunk {
  le64 length;
  le64 owner;
  le64 stripe_len;
  le64 type;
  le32 io_align;
  le32 io_width;
  le32 sector_size;
  le16 num_stripes;
  le16 sub_stripes;
};
static_assert(sizeof(Chunk) == 48);

// btrfs_dev_item
struct DevItem {
  le64 devid;
  le64 total_bytes;
  le64 bytes_used;
  le32 io_align;
  le32 io_width;
  le32 sector_size;
  le64 type;
  le64 generation;
  le64 start_offset;
  le32 dev_group;
  u8 seek_speed;
  u8 bandwidth;
  u8 uuid[16];
  u8 fsid[16];
};
static_assert(sizeof(DevItem) == 98);

// btrfs_dev_extent
struct DevExtent {
  le64 chunk_tree;
  le64 chunk_objectid;
  le64 chunk_offset;
  le64 length;
  u8 chunk_tree_uuid[16];
};
static_assert(sizeof(DevExtent) == 48);

// btrfs_block_group_item
struct BlockGroupItem {
  le64 used;
  le64 chunk_objectid;
  le64 flags;
};
static_assert(sizeof(BlockGroupItem) == 24);

// "DATA|RAID1", "METADATA|DUP", "SYSTEM|single": the names of btrfs-progs' dump-tree.
std::string block_group_flags_text(u64 flags);

}  // namespace canopy
