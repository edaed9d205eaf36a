// Keys, item types and tree ids: how everything in a Btrfs tree is addressed. A key is
// (objectid, type, offset), ordered in that order. Constants keep the kernel's names
// (include/uapi/linux/btrfs_tree.h) without the BTRFS_ prefix.
#pragma once

#include <compare>
#include <string>

#include "base/bytes.h"
#include "base/types.h"

namespace canopy {

struct Key {
  u64 objectid = 0;
  u8 type = 0;
  u64 offset = 0;

  friend auto operator<=>(const Key&, const Key&) = default;
};

// btrfs_disk_key
struct DiskKey {
  le64 objectid;
  u8 type;
  le64 offset;

  Key decode() const { return {objectid, type, offset}; }
  static DiskKey encode(const Key& key) { return {key.objectid, key.type, key.offset}; }
};
static_assert(sizeof(DiskKey) == 17 && alignof(DiskKey) == 1);

inline constexpr u64 ROOT_TREE_OBJECTID = 1;
inline constexpr u64 EXTENT_TREE_OBJECTID = 2;
inline constexpr u64 CHUNK_TREE_OBJECTID = 3;
inline constexpr u64 DEV_TREE_OBJECTID = 4;
inline constexpr u64 FS_TREE_OBJECTID = 5;
inline constexpr u64 ROOT_TREE_DIR_OBJECTID = 6;
inline constexpr u64 CSUM_TREE_OBJECTID = 7;
inline constexpr u64 QUOTA_TREE_OBJECTID = 8;
inline constexpr u64 UUID_TREE_OBJECTID = 9;
inline constexpr u64 FREE_SPACE_TREE_OBJECTID = 10;
inline constexpr u64 BLOCK_GROUP_TREE_OBJECTID = 11;
inline constexpr u64 RAID_STRIPE_TREE_OBJECTID = 12;

inline constexpr u64 DEV_STATS_OBJECTID = 0;
inline constexpr u64 DEV_ITEMS_OBJECTID = 1;
inline constexpr u64 BALANCE_OBJECTID = static_cast<u64>(-4);
inline constexpr u64 ORPHAN_OBJECTID = static_cast<u64>(-5);
inline constexpr u64 TREE_LOG_OBJECTID = static_cast<u64>(-6);
inline constexpr u64 TREE_LOG_FIXUP_OBJECTID = static_cast<u64>(-7);
inline constexpr u64 TREE_RELOC_OBJECTID = static_cast<u64>(-8);
inline constexpr u64 DATA_RELOC_TREE_OBJECTID = static_cast<u64>(-9);
inline constexpr u64 EXTENT_CSUM_OBJECTID = static_cast<u64>(-10);
inline constexpr u64 FREE_SPACE_OBJECTID = static_cast<u64>(-11);
inline constexpr u64 FREE_INO_OBJECTID = static_cast<u64>(-12);
inline constexpr u64 CSUM_CHANGE_OBJECTID = static_cast<u64>(-13);
inline constexpr u64 MULTIPLE_OBJECTIDS = static_cast<u64>(-255);
inline constexpr u64 FIRST_FREE_OBJECTID = 256;
inline constexpr u64 LAST_FREE_OBJECTID = static_cast<u64>(-256);
inline constexpr u64 FIRST_CHUNK_TREE_OBJECTID = 256;
inline constexpr u64 EMPTY_SUBVOL_DIR_OBJECTID = 2;
inline constexpr u64 DEV_REPLACE_DEVID = 0;

inline constexpr u8 INODE_ITEM_KEY = 1;
inline constexpr u8 INODE_REF_KEY = 12;
inline constexpr u8 INODE_EXTREF_KEY = 13;
inline constexpr u8 XATTR_ITEM_KEY = 24;
inline constexpr u8 VERITY_DESC_ITEM_KEY = 36;
inline constexpr u8 VERITY_MERKLE_ITEM_KEY = 37;
inline constexpr u8 ORPHAN_ITEM_KEY = 48;
inline constexpr u8 DIR_LOG_ITEM_KEY = 60;
inline constexpr u8 DIR_LOG_INDEX_KEY = 72;
inline constexpr u8 DIR_ITEM_KEY = 84;
inline constexpr u8 DIR_INDEX_KEY = 96;
inline constexpr u8 EXTENT_DATA_KEY = 108;
inline constexpr u8 CSUM_ITEM_KEY = 120;
inline constexpr u8 EXTENT_CSUM_KEY = 128;
inline constexpr u8 ROOT_ITEM_KEY = 132;
inline constexpr u8 ROOT_BACKREF_KEY = 144;
inline constexpr u8 ROOT_REF_KEY = 156;
inline constexpr u8 EXTENT_ITEM_KEY = 168;
inline constexpr u8 METADATA_ITEM_KEY = 169;
inline constexpr u8 EXTENT_OWNER_REF_KEY = 172;
inline constexpr u8 TREE_BLOCK_REF_KEY = 176;
inline constexpr u8 EXTENT_DATA_REF_KEY = 178;
inline constexpr u8 EXTENT_REF_V0_KEY = 180;
inline constexpr u8 SHARED_BLOCK_REF_KEY = 182;
inline constexpr u8 SHARED_DATA_REF_KEY = 184;
inline constexpr u8 BLOCK_GROUP_ITEM_KEY = 192;
inline constexpr u8 FREE_SPACE_INFO_KEY = 198;
inline constexpr u8 FREE_SPACE_EXTENT_KEY = 199;
inline constexpr u8 FREE_SPACE_BITMAP_KEY = 200;
inline constexpr u8 DEV_EXTENT_KEY = 204;
inline constexpr u8 DEV_ITEM_KEY = 216;
inline constexpr u8 CHUNK_ITEM_KEY = 228;
inline constexpr u8 RAID_STRIPE_KEY = 230;
inline constexpr u8 QGROUP_STATUS_KEY = 240;
inline constexpr u8 QGROUP_INFO_KEY = 242;
inline constexpr u8 QGROUP_LIMIT_KEY = 244;
inline constexpr u8 QGROUP_RELATION_KEY = 246;
inline constexpr u8 TEMPORARY_ITEM_KEY = 248;
inline constexpr u8 PERSISTENT_ITEM_KEY = 249;
inline constexpr u8 DEV_REPLACE_KEY = 250;
inline constexpr u8 UUID_KEY_SUBVOL = 251;
inline constexpr u8 UUID_KEY_RECEIVED_SUBVOL = 252;
inline constexpr u8 STRING_ITEM_KEY = 253;

// Subvolumes and snapshots: 5 and [256, -256].
constexpr bool is_subvolume_id(u64 objectid) {
  return objectid == FS_TREE_OBJECTID ||
         (objectid >= FIRST_FREE_OBJECTID && objectid <= LAST_FREE_OBJECTID);
}

// "EXTENT_DATA", or "UNKNOWN.17"; the names of btrfs-progs' dump-tree.
std::string key_type_name(u8 type, u64 objectid = 0);
// "FS_TREE", "256", ...; the names of btrfs-progs' dump-tree for an objectid in a key of `type`.
std::string objectid_name(u64 objectid, u8 type = 0);
// The offset of a key as btrfs-progs prints it: "0", "-1", "0/256" of qgroups.
std::string key_offset_text(const Key& key);
// "(256 INODE_ITEM 0)", as btrfs-progs prints a key.
std::string key_text(const Key& key);

}  // namespace canopy
