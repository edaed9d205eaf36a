#include "ondisk/key.h"

#include <fmt/format.h>

namespace canopy {
namespace {

struct TypeName {
  u8 type;
  const char* name;
};

constexpr TypeName TYPE_NAMES[] = {
    {INODE_ITEM_KEY, "INODE_ITEM"},
    {INODE_REF_KEY, "INODE_REF"},
    {INODE_EXTREF_KEY, "INODE_EXTREF"},
    {XATTR_ITEM_KEY, "XATTR_ITEM"},
    {VERITY_DESC_ITEM_KEY, "VERITY_DESC_ITEM"},
    {VERITY_MERKLE_ITEM_KEY, "VERITY_MERKLE_ITEM"},
    {ORPHAN_ITEM_KEY, "ORPHAN_ITEM"},
    {DIR_LOG_ITEM_KEY, "DIR_LOG_ITEM"},
    {DIR_LOG_INDEX_KEY, "DIR_LOG_INDEX"},
    {DIR_ITEM_KEY, "DIR_ITEM"},
    {DIR_INDEX_KEY, "DIR_INDEX"},
    {EXTENT_DATA_KEY, "EXTENT_DATA"},
    {CSUM_ITEM_KEY, "CSUM_ITEM"},
    {EXTENT_CSUM_KEY, "EXTENT_CSUM"},
    {ROOT_ITEM_KEY, "ROOT_ITEM"},
    {ROOT_BACKREF_KEY, "ROOT_BACKREF"},
    {ROOT_REF_KEY, "ROOT_REF"},
    {EXTENT_ITEM_KEY, "EXTENT_ITEM"},
    {METADATA_ITEM_KEY, "METADATA_ITEM"},
    {EXTENT_OWNER_REF_KEY, "EXTENT_OWNER_REF"},
    {TREE_BLOCK_REF_KEY, "TREE_BLOCK_REF"},
    {EXTENT_DATA_REF_KEY, "EXTENT_DATA_REF"},
    {EXTENT_REF_V0_KEY, "EXTENT_REF_V0"},
    {SHARED_BLOCK_REF_KEY, "SHARED_BLOCK_REF"},
    {SHARED_DATA_REF_KEY, "SHARED_DATA_REF"},
    {BLOCK_GROUP_ITEM_KEY, "BLOCK_GROUP_ITEM"},
    {FREE_SPACE_INFO_KEY, "FREE_SPACE_INFO"},
    {FREE_SPACE_EXTENT_KEY, "FREE_SPACE_EXTENT"},
    {FREE_SPACE_BITMAP_KEY, "FREE_SPACE_BITMAP"},
    {DEV_EXTENT_KEY, "DEV_EXTENT"},
    {DEV_ITEM_KEY, "DEV_ITEM"},
    {CHUNK_ITEM_KEY, "CHUNK_ITEM"},
    {RAID_STRIPE_KEY, "RAID_STRIPE"},
    {QGROUP_STATUS_KEY, "QGROUP_STATUS"},
    {QGROUP_INFO_KEY, "QGROUP_INFO"},
    {QGROUP_LIMIT_KEY, "QGROUP_LIMIT"},
    {QGROUP_RELATION_KEY, "QGROUP_RELATION"},
    {TEMPORARY_ITEM_KEY, "TEMPORARY_ITEM"},
    {PERSISTENT_ITEM_KEY, "PERSISTENT_ITEM"},
    {DEV_REPLACE_KEY, "DEV_REPLACE"},
    {UUID_KEY_SUBVOL, "UUID_KEY_SUBVOL"},
    {UUID_KEY_RECEIVED_SUBVOL, "UUID_KEY_RECEIVED_SUBVOL"},
    {STRING_ITEM_KEY, "STRING_ITEM"},
};

struct ObjectName {
  u64 objectid;
  const char* name;
};

constexpr ObjectName OBJECT_NAMES[] = {
    {ROOT_TREE_OBJECTID, "ROOT_TREE"},
    {EXTENT_TREE_OBJECTID, "EXTENT_TREE"},
    {CHUNK_TREE_OBJECTID, "CHUNK_TREE"},
    {DEV_TREE_OBJECTID, "DEV_TREE"},
    {FS_TREE_OBJECTID, "FS_TREE"},
    {ROOT_TREE_DIR_OBJECTID, "ROOT_TREE_DIR"},
    {CSUM_TREE_OBJECTID, "CSUM_TREE"},
    {QUOTA_TREE_OBJECTID, "QUOTA_TREE"},
    {UUID_TREE_OBJECTID, "UUID_TREE"},
    {FREE_SPACE_TREE_OBJECTID, "FREE_SPACE_TREE"},
    {BLOCK_GROUP_TREE_OBJECTID, "BLOCK_GROUP_TREE"},
    {RAID_STRIPE_TREE_OBJECTID, "RAID_STRIPE_TREE"},
    {BALANCE_OBJECTID, "BALANCE"},
    {ORPHAN_OBJECTID, "ORPHAN"},
    {TREE_LOG_OBJECTID, "TREE_LOG"},
    {TREE_LOG_FIXUP_OBJECTID, "LOG_FIXUP"},
    {TREE_RELOC_OBJECTID, "TREE_RELOC"},
    {DATA_RELOC_TREE_OBJECTID, "DATA_RELOC_TREE"},
    {EXTENT_CSUM_OBJECTID, "EXTENT_CSUM"},
    {FREE_SPACE_OBJECTID, "FREE_SPACE"},
    {FREE_INO_OBJECTID, "FREE_INO"},
    {CSUM_CHANGE_OBJECTID, "CSUM_CHANGE"},
    {MULTIPLE_OBJECTIDS, "MULTIPLE"},
};

// "level/subvolume"
std::string qgroup_text(u64 id) {
  return fmt::format("{}/{}", id >> 48, id & ((u64{1} << 48) - 1));
}

}  // namespace

std::string key_type_name(u8 type, u64 objectid) {
  if (type == 0 && objectid == FREE_SPACE_OBJECTID) return "UNTYPED";
  for (const TypeName& entry : TYPE_NAMES)
    if (entry.type == type) return entry.name;
  return fmt::format("UNKNOWN.{}", type);
}

std::string objectid_name(u64 objectid, u8 type) {
  switch (type) {
    case PERSISTENT_ITEM_KEY:
      return objectid == DEV_STATS_OBJECTID ? "DEV_STATS" : fmt::to_string(objectid);
    case DEV_EXTENT_KEY:
      return fmt::format("{}", objectid);
    case QGROUP_RELATION_KEY:
      return qgroup_text(objectid);
    case UUID_KEY_SUBVOL:
    case UUID_KEY_RECEIVED_SUBVOL:
      return fmt::format("0x{:016x}", objectid);
    case DEV_ITEM_KEY:
      if (objectid == DEV_ITEMS_OBJECTID) return "DEV_ITEMS";
      break;
    case CHUNK_ITEM_KEY:
      if (objectid == FIRST_CHUNK_TREE_OBJECTID) return "FIRST_CHUNK_TREE";
      break;
    default:
      break;
  }
  if (objectid == static_cast<u64>(-1)) return "-1";
  for (const ObjectName& entry : OBJECT_NAMES)
    if (entry.objectid == objectid) return entry.name;
  return fmt::format("{}", objectid);
}

std::string key_offset_text(const Key& key) {
  switch (key.type) {
    case QGROUP_RELATION_KEY:
    case QGROUP_INFO_KEY:
    case QGROUP_LIMIT_KEY:
      return qgroup_text(key.offset);
    case UUID_KEY_SUBVOL:
    case UUID_KEY_RECEIVED_SUBVOL:
      return fmt::format("0x{:016x}", key.offset);
    case ROOT_ITEM_KEY:
      // Of a relocation tree it is the subvolume; of others the transaction that made a snapshot.
      return key.objectid == TREE_RELOC_OBJECTID ? objectid_name(key.offset, key.type)
                                                 : fmt::to_string(key.offset);
    default:
      return key.offset == ~u64{0} ? "-1" : fmt::to_string(key.offset);
  }
}

std::string key_text(const Key& key) {
  return fmt::format("({} {} {})", objectid_name(key.objectid, key.type),
                     key_type_name(key.type, key.objectid), key_offset_text(key));
}

}  // namespace canopy
