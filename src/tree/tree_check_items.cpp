#include "tree/tree_check_items.h"

#include <bit>
#include <cstring>

#include "checksum/crc32c.h"
#include "ondisk/file_extent.h"
#include "ondisk/inode_item.h"
#include "ondisk/quota.h"
#include "ondisk/root_item.h"
#include "ondisk/superblock.h"

namespace canopy {

bool ItemCheck::check(const Key& key, Bytes item) {
  if (!check_by_type(key, item)) return false;
  has_previous_ = true;
  previous_ = key;
  previous_item_ = item;
  return true;
}

bool ItemCheck::check_by_type(const Key& key, Bytes item) {
  switch (key.type) {
    case INODE_ITEM_KEY:
      return check_inode_item(key, item);
    case INODE_REF_KEY:
      return check_inode_ref(key, item);
    case INODE_EXTREF_KEY:
      return check_inode_extref(key, item);
    case DIR_ITEM_KEY:
    case DIR_INDEX_KEY:
    case XATTR_ITEM_KEY:
      return check_dir_item(key, item);
    case EXTENT_DATA_KEY:
      return check_file_extent(key, item);
    case EXTENT_CSUM_KEY:
      return check_csum(key, item);
    case ROOT_ITEM_KEY:
      return check_root_item(key, item);
    case ROOT_REF_KEY:
    case ROOT_BACKREF_KEY:
      return check_root_ref(item);
    case EXTENT_ITEM_KEY:
    case METADATA_ITEM_KEY:
      return check_extent_item(key, item);
    case TREE_BLOCK_REF_KEY:
    case SHARED_BLOCK_REF_KEY:
    case SHARED_DATA_REF_KEY:
      return check_keyed_ref(key, item);
    case EXTENT_DATA_REF_KEY:
      return check_keyed_data_ref(key, item);
    case BLOCK_GROUP_ITEM_KEY:
      return check_block_group(key, item);
    case FREE_SPACE_INFO_KEY:
    case FREE_SPACE_EXTENT_KEY:
    case FREE_SPACE_BITMAP_KEY:
      return check_free_space(key, item);
    case CHUNK_ITEM_KEY:
      return check_chunk(key, item);
    case DEV_ITEM_KEY:
      return check_dev_item(key, item);
    case DEV_EXTENT_KEY:
      return check_dev_extent(key, item);
    case RAID_STRIPE_KEY:
      return check_raid_stripe(key, item);
    case QGROUP_STATUS_KEY:
      return has_least_size(item, QGROUP_STATUS_ITEM_V1_SIZE);
    case QGROUP_INFO_KEY:
      return has_size(item, sizeof(QgroupInfoItem));
    case QGROUP_LIMIT_KEY:
      return has_size(item, sizeof(QgroupLimitItem));
    case UUID_KEY_SUBVOL:
    case UUID_KEY_RECEIVED_SUBVOL:
      return item.size() % sizeof(u64) == 0 || fail("item of {} bytes: not ids", item.size());
    default:
      return true;
  }
}

// In a subvolume the items of an inode stand behind each other, so what comes before one of them in
// the leaf belongs to the same inode: at least its INODE_ITEM.
bool ItemCheck::check_same_inode(const Key& key) {
  if (!has_previous_ || !owner_is_subvolume_ || previous_.objectid == key.objectid) return true;
  return fail("no inode item before it");
}

namespace {

constexpr u32 MODE_VALID = MODE_TYPE_MASK | 07777;
constexpr u32 INODE_FLAGS_KNOWN = INODE_NODATASUM | INODE_NODATACOW | INODE_READONLY |
                                  INODE_NOCOMPRESS | INODE_PREALLOC | INODE_SYNC | INODE_IMMUTABLE |
                                  INODE_APPEND | INODE_NODUMP | INODE_NOATIME | INODE_DIRSYNC |
                                  INODE_COMPRESS | INODE_ROOT_ITEM_INIT;

bool is_inode_number(u64 objectid) {
  return (objectid >= FIRST_FREE_OBJECTID && objectid <= LAST_FREE_OBJECTID) ||
         objectid == ROOT_TREE_DIR_OBJECTID || objectid == FREE_INO_OBJECTID;
}

bool is_file_type(u32 mode) {
  switch (mode & MODE_TYPE_MASK) {
    case MODE_SOCKET:
    case MODE_SYMLINK:
    case MODE_REGULAR:
    case MODE_BLOCK:
    case MODE_DIRECTORY:
    case MODE_CHARACTER:
    case MODE_FIFO:
      return true;
    default:
      return false;
  }
}

u64 rounded_up(u64 value, u32 sectorsize) {
  return (value + sectorsize - 1) & ~(u64{sectorsize} - 1);
}

}  // namespace

bool ItemCheck::check_inode_item(const Key& key, Bytes item) {
  if (!is_inode_number(key.objectid)) return fail("inode number that cannot be");
  if (key.offset != 0) return fail("key offset is not 0");
  if (!has_size(item, sizeof(InodeItem))) return false;
  auto u64_at = [&](std::size_t offset) { return load_le<u64>(item.data() + offset); };
  if (u64_at(offsetof(InodeItem, generation)) > limits_.max_generation)
    return fail("generation {}", u64_at(offsetof(InodeItem, generation)));
  if (u64_at(offsetof(InodeItem, transid)) > limits_.max_generation)
    return fail("transid {}", u64_at(offsetof(InodeItem, transid)));
  const u32 mode = load_le<u32>(item.data() + offsetof(InodeItem, mode));
  if ((mode & ~MODE_VALID) != 0 || !is_file_type(mode)) return fail("mode {:o}", mode);
  const u32 nlink = load_le<u32>(item.data() + offsetof(InodeItem, nlink));
  if ((mode & MODE_TYPE_MASK) == MODE_DIRECTORY && nlink > 1)
    return fail("directory with {} links", nlink);
  // The upper half are flags that a reader may ignore.
  const auto flags = static_cast<u32>(u64_at(offsetof(InodeItem, flags)));
  if ((flags & ~INODE_FLAGS_KNOWN) != 0) return fail("unknown flags {:#x}", flags);
  return true;
}

bool ItemCheck::check_inode_ref(const Key& key, Bytes item) {
  if (!check_same_inode(key)) return false;
  if (item.empty()) return fail("no names");
  while (!item.empty()) {
    if (item.size() < sizeof(InodeRef)) return fail("ends within a name's head");
    const std::size_t length = load_le<u16>(item.data() + offsetof(InodeRef, name_len));
    item = item.subspan(sizeof(InodeRef));
    if (length == 0) return fail("empty name");
    if (length > item.size()) return fail("name of {} bytes runs over the end", length);
    item = item.subspan(length);
  }
  return true;
}

bool ItemCheck::check_inode_extref(const Key& key, Bytes item) {
  if (!check_same_inode(key)) return false;
  if (item.empty()) return fail("no names");
  while (!item.empty()) {
    if (item.size() < sizeof(InodeExtref)) return fail("ends within a name's head");
    const std::size_t length = load_le<u16>(item.data() + offsetof(InodeExtref, name_len));
    item = item.subspan(sizeof(InodeExtref));
    if (length == 0) return fail("empty name");
    if (length > item.size()) return fail("name of {} bytes runs over the end", length);
    item = item.subspan(length);
  }
  return true;
}

// What a directory entry points to; of an xattr nothing.
bool ItemCheck::check_location(const Key& key, const Key& location) {
  if (location.type == ROOT_ITEM_KEY)
    return is_subvolume_id(location.objectid) ||
           fail("points to {}, no subvolume", key_text(location));
  if (location.type != INODE_ITEM_KEY && location.type != 0)
    return fail("points to {}", key_text(location));
  if (key.type == XATTR_ITEM_KEY)
    return location == Key{} || fail("xattr points to {}", key_text(location));
  return (is_inode_number(location.objectid) && location.offset == 0) ||
         fail("points to {}", key_text(location));
}

bool ItemCheck::check_dir_item(const Key& key, Bytes item) {
  if (!check_same_inode(key)) return false;
  if (item.empty()) return fail("no entries");
  const std::size_t most = nodesize_ - sizeof(Header) - sizeof(Item) - sizeof(DirItem);
  const bool is_hashed = key.type != DIR_INDEX_KEY;
  while (!item.empty()) {
    if (item.size() < sizeof(DirItem)) return fail("ends within an entry's head");
    const auto head = load_struct<DirItem>(item);
    item = item.subspan(sizeof(DirItem));
    if (!check_location(key, head.location.decode())) return false;
    if (head.type == FT_UNKNOWN || head.type > FT_XATTR) return fail("entry of type {}", head.type);
    if ((head.type == FT_XATTR) != (key.type == XATTR_ITEM_KEY))
      return fail("entry of type {}, which belongs elsewhere", head.type);
    const std::size_t name_len = head.name_len;
    const std::size_t data_len = head.data_len;
    if (name_len == 0) return fail("empty name");
    if (name_len > NAME_LEN_MAX) return fail("name of {} bytes", name_len);
    if (data_len != 0 && head.type != FT_XATTR)
      return fail("entry with {} bytes of data", data_len);
    if (name_len + data_len > most) return fail("name and value of {} bytes", name_len + data_len);
    if (name_len + data_len > item.size())
      return fail("name and value of {} bytes run over the end", name_len + data_len);
    if (is_hashed && key.offset != crc32c_raw(~u32{1}, item.first(name_len)))
      return fail("name does not have the hash in the key");
    item = item.subspan(name_len + data_len);
  }
  return true;
}

bool ItemCheck::check_file_extent(const Key& key, Bytes item) {
  if (!is_aligned(key.offset)) return fail("offset not in sectors");
  if (!check_same_inode(key)) return false;
  if (!has_least_size(item, FILE_EXTENT_INLINE_DATA_START)) return false;
  auto u64_at = [&](std::size_t offset) { return load_le<u64>(item.data() + offset); };
  const u8 type = item[offsetof(FileExtentItem, type)];
  const u8 compression = item[offsetof(FileExtentItem, compression)];
  const u8 encryption = item[offsetof(FileExtentItem, encryption)];
  if (type > FILE_EXTENT_PREALLOC) return fail("file extent of type {}", type);
  if (compression > COMPRESS_ZSTD) return fail("unknown compression {}", compression);
  if (encryption != 0) return fail("unknown encryption {}", encryption);
  const u64 ram_bytes = u64_at(offsetof(FileExtentItem, ram_bytes));
  if (type == FILE_EXTENT_INLINE) {
    if (key.offset != 0) return fail("inline extent that is not at the start");
    if (compression == COMPRESS_NONE && item.size() - FILE_EXTENT_INLINE_DATA_START != ram_bytes)
      return fail("inline extent of {} bytes says {}", item.size() - FILE_EXTENT_INLINE_DATA_START,
                  ram_bytes);
    return true;
  }
  if (!has_size(item, sizeof(FileExtentItem))) return false;
  const u64 num_bytes = u64_at(offsetof(FileExtentItem, num_bytes));
  for (u64 value : {ram_bytes, u64_at(offsetof(FileExtentItem, disk_bytenr)),
                    u64_at(offsetof(FileExtentItem, disk_num_bytes)),
                    u64_at(offsetof(FileExtentItem, offset)), num_bytes})
    if (!is_aligned(value)) return fail("{} is not in sectors", value);
  if (key.offset + num_bytes < key.offset)
    return fail("{} bytes pass the end of offsets", num_bytes);
  if (!has_previous_ || previous_.objectid != key.objectid || previous_.type != EXTENT_DATA_KEY)
    return true;
  const u8* before = previous_item_.data();
  const bool inline_before = before[offsetof(FileExtentItem, type)] == FILE_EXTENT_INLINE;
  const u64 end =
      inline_before ? rounded_up(load_le<u64>(before + offsetof(FileExtentItem, ram_bytes)),
                                 limits_.sectorsize)
                    : previous_.offset + load_le<u64>(before + offsetof(FileExtentItem, num_bytes));
  return end <= key.offset || fail("the extent before it reaches to {}", end);
}

bool ItemCheck::check_csum(const Key& key, Bytes item) {
  if (key.objectid != EXTENT_CSUM_OBJECTID) return fail("checksums of an unknown kind");
  if (!is_aligned(key.offset)) return fail("address not in sectors");
  if (limits_.csum_size == 0) return true;
  if (item.size() % limits_.csum_size != 0) return fail("{} bytes are not checksums", item.size());
  if (!has_previous_ || previous_.type != EXTENT_CSUM_KEY) return true;
  const u64 end =
      previous_.offset + u64{previous_item_.size()} / limits_.csum_size * limits_.sectorsize;
  return end <= key.offset || fail("the checksums before it reach to {}", end);
}

bool ItemCheck::check_root_item(const Key& key, Bytes item) {
  if (key.objectid == 0) return fail("tree 0");
  if (key.objectid == TREE_RELOC_OBJECTID && !is_subvolume_id(key.offset))
    return fail("relocation tree of no subvolume");
  if (item.size() != sizeof(RootItem) && item.size() != ROOT_ITEM_V0_SIZE)
    return fail("item of {} bytes instead of {}", item.size(), sizeof(RootItem));
  RootItem root{};
  std::memcpy(&root, item.data(), item.size());
  for (u64 generation :
       {root.generation.value(), root.generation_v2.value(), root.last_snapshot.value()})
    if (generation > limits_.max_generation) return fail("generation {}", generation);
  if (!is_aligned(root.bytenr)) return fail("root at {}", root.bytenr.value());
  if (root.level >= MAX_LEVEL) return fail("level {}", root.level);
  if (root.drop_level >= MAX_LEVEL) return fail("drop level {}", root.drop_level);
  if ((root.flags & ~(ROOT_SUBVOL_RDONLY | ROOT_SUBVOL_DEAD)) != 0)
    return fail("unknown flags {:#x}", root.flags.value());
  return true;
}

bool ItemCheck::check_root_ref(Bytes item) {
  if (!has_least_size(item, sizeof(RootRef))) return false;
  const std::size_t length = load_le<u16>(item.data() + offsetof(RootRef, name_len));
  return length <= item.size() - sizeof(RootRef) ||
         fail("name of {} bytes runs over the end", length);
}

}  // namespace canopy
