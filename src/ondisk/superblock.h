// The superblock: 4096 bytes at 64 KiB, 64 MiB and 256 GiB of every device. It names the roots of
// the root tree, the chunk tree and the log tree and carries the SYSTEM chunks, without which the
// chunk tree could not be found.
#pragma once

#include "ondisk/chunk.h"
#include "ondisk/tree_block.h"

namespace canopy {

inline constexpr u64 SUPER_MAGIC = 0x4d5f53665248425fu;  // "_BHRfS_M"
inline constexpr u64 SUPER_INFO_SIZE = 4096;
inline constexpr u64 SUPER_OFFSETS[] = {64u << 10, 64u << 20, u64{256} << 30};
inline constexpr u32 SYSTEM_CHUNK_ARRAY_SIZE = 2048;
inline constexpr u32 LABEL_SIZE = 256;
inline constexpr u32 NUM_BACKUP_ROOTS = 4;

inline constexpr u64 SUPER_FLAG_SEEDING = u64{1} << 32;

inline constexpr u16 CSUM_TYPE_CRC32 = 0;
inline constexpr u16 CSUM_TYPE_XXHASH = 1;
inline constexpr u16 CSUM_TYPE_SHA256 = 2;
inline constexpr u16 CSUM_TYPE_BLAKE2 = 3;

inline constexpr u64 FEATURE_COMPAT_RO_FREE_SPACE_TREE = 1u << 0;
inline constexpr u64 FEATURE_COMPAT_RO_FREE_SPACE_TREE_VALID = 1u << 1;
inline constexpr u64 FEATURE_COMPAT_RO_VERITY = 1u << 2;
inline constexpr u64 FEATURE_COMPAT_RO_BLOCK_GROUP_TREE = 1u << 3;

inline constexpr u64 FEATURE_INCOMPAT_MIXED_BACKREF = 1u << 0;
inline constexpr u64 FEATURE_INCOMPAT_DEFAULT_SUBVOL = 1u << 1;
inline constexpr u64 FEATURE_INCOMPAT_MIXED_GROUPS = 1u << 2;
inline constexpr u64 FEATURE_INCOMPAT_COMPRESS_LZO = 1u << 3;
inline constexpr u64 FEATURE_INCOMPAT_COMPRESS_ZSTD = 1u << 4;
inline constexpr u64 FEATURE_INCOMPAT_BIG_METADATA = 1u << 5;
inline constexpr u64 FEATURE_INCOMPAT_EXTENDED_IREF = 1u << 6;
inline constexpr u64 FEATURE_INCOMPAT_RAID56 = 1u << 7;
inline constexpr u64 FEATURE_INCOMPAT_SKINNY_METADATA = 1u << 8;
inline constexpr u64 FEATURE_INCOMPAT_NO_HOLES = 1u << 9;
inline constexpr u64 FEATURE_INCOMPAT_METADATA_UUID = 1u << 10;
inline constexpr u64 FEATURE_INCOMPAT_RAID1C34 = 1u << 11;
inline constexpr u64 FEATURE_INCOMPAT_ZONED = 1u << 12;
inline constexpr u64 FEATURE_INCOMPAT_EXTENT_TREE_V2 = 1u << 13;
inline constexpr u64 FEATURE_INCOMPAT_RAID_STRIPE_TREE = 1u << 14;
inline constexpr u64 FEATURE_INCOMPAT_SIMPLE_QUOTA = 1u << 16;
inline constexpr u64 FEATURE_INCOMPAT_REMAP_TREE = 1u << 17;

// btrfs_root_backup
struct RootBackup {
  le64 tree_root, tree_root_gen;
  le64 chunk_root, chunk_root_gen;
  le64 extent_root, extent_root_gen;
  le64 fs_root, fs_root_gen;
  le64 dev_root, dev_root_gen;
  le64 csum_root, csum_root_gen;
  le64 total_bytes, bytes_used, num_devices;
  le64 unused_64[4];
  u8 tree_root_level, chunk_root_level, extent_root_level, fs_root_level, dev_root_level,
      csum_root_level;
  u8 unused_8[10];
};
static_assert(sizeof(RootBackup) == 168);

// btrfs_super_block
struct Superblock {
  u8 csum[CSUM_SIZE];
  u8 fsid[16];
  le64 bytenr;
  le64 flags;
  le64 magic;
  le64 generation;
  le64 root;
  le64 chunk_root;
  le64 log_root;
  le64 unused_log_root_transid;
  le64 total_bytes;
  le64 bytes_used;
  le64 root_dir_objectid;
  le64 num_devices;
  le32 sectorsize;
  le32 nodesize;
  le32 unused_leafsize;
  le32 stripesize;
  le32 sys_chunk_array_size;
  le64 chunk_root_generation;
  le64 compat_flags;
  le64 compat_ro_flags;
  le64 incompat_flags;
  le16 csum_type;
  u8 root_level;
  u8 chunk_root_level;
  u8 log_root_level;
  DevItem dev_item;
  u8 label[LABEL_SIZE];
  le64 cache_generation;
  le64 uuid_tree_generation;
  u8 metadata_uuid[16];
  le64 nr_global_roots;
  le64 reserved[27];
  u8 sys_chunk_array[SYSTEM_CHUNK_ARRAY_SIZE];
  RootBackup super_roots[NUM_BACKUP_ROOTS];
  u8 padding[565];
};
static_assert(sizeof(Superblock) == SUPER_INFO_SIZE && alignof(Superblock) == 1);

}  // namespace canopy
