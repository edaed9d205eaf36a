#include <bit>

#include "checksum/crc32c.h"
#include "ondisk/chunk.h"
#include "ondisk/extent_item.h"
#include "ondisk/free_space.h"
#include "ondisk/superblock.h"
#include "tree/items.h"
#include "tree/tree_check_items.h"
#include "volume/chunk_map.h"

namespace canopy {
namespace {

// Trees whose files may have data extents: subvolumes, and for the v1 free space cache the root
// tree.
bool has_data_extents(u64 tree) {
  return is_subvolume_id(tree) || tree == DATA_RELOC_TREE_OBJECTID || tree == ROOT_TREE_OBJECTID;
}

}  // namespace

bool ItemCheck::check_extent_item(const Key& key, Bytes item) {
  if (!check_extent_head(key, item)) return false;
  const auto head = load_struct<ExtentItem>(item);
  Bytes refs = item.subspan(sizeof(ExtentItem));
  if ((head.flags & EXTENT_FLAG_TREE_BLOCK) != 0 && key.type == EXTENT_ITEM_KEY) {
    if (!has_least_size(item, sizeof(ExtentItem) + sizeof(TreeBlockInfo))) return false;
    const u8 level = refs[offsetof(TreeBlockInfo, level)];
    if (level >= MAX_LEVEL) return fail("tree block of level {}", level);
    refs = refs.subspan(sizeof(TreeBlockInfo));
  }
  if (!check_inline_refs(refs, head.refs)) return false;
  if (has_previous_ && (previous_.type == EXTENT_ITEM_KEY || previous_.type == METADATA_ITEM_KEY)) {
    const u64 length = previous_.type == METADATA_ITEM_KEY ? nodesize_ : previous_.offset;
    if (previous_.objectid + length > key.objectid)
      return fail("overlaps the extent {} before it", key_text(previous_));
  }
  return true;
}

bool ItemCheck::check_extent_head(const Key& key, Bytes item) {
  if (!is_aligned(key.objectid)) return fail("address not in sectors");
  if (key.type == METADATA_ITEM_KEY) {
    if ((limits_.incompat_flags & FEATURE_INCOMPAT_SKINNY_METADATA) == 0)
      return fail("the filesystem has no such items");
    if (key.offset >= MAX_LEVEL) return fail("tree block of level {}", key.offset);
  }
  if (!has_least_size(item, sizeof(ExtentItem))) return false;
  const auto head = load_struct<ExtentItem>(item);
  if (head.generation > limits_.max_generation)
    return fail("generation {}", head.generation.value());
  const u64 flags = head.flags;
  if (!std::has_single_bit(flags & (EXTENT_FLAG_DATA | EXTENT_FLAG_TREE_BLOCK)))
    return fail("flags {:#x}: neither data nor tree block", flags);
  if ((flags & EXTENT_FLAG_TREE_BLOCK) != 0) {
    return key.type == METADATA_ITEM_KEY || key.offset == nodesize_ ||
           fail("tree block of {} bytes", key.offset);
  }
  if (key.type != EXTENT_ITEM_KEY) return fail("data extent under a tree block's key");
  if (!is_aligned(key.offset)) return fail("length not in sectors");
  if (key.objectid + key.offset < key.objectid) return fail("passes the end of the addresses");
  if ((flags & BLOCK_FLAG_FULL_BACKREF) != 0) return fail("data extent with full backreferences");
  return true;
}

// Inline references ascend by type and, of one type, do not ascend by what they are sought by: what
// they name, or for data references a hash of it.
bool ItemCheck::check_inline_refs(Bytes refs, u64 total_refs) {
  u8 last_type = 0;
  u64 last_sequence = ~u64{0};
  u64 counted = 0;
  while (!refs.empty()) {
    const u8 type = refs[0];
    const u32 size = extent_inline_ref_size(type);
    if (size == 0) return fail("unknown inline reference of type {}", type);
    if (size > refs.size()) return fail("inline reference runs over the end");
    u64 sequence = 0;
    u64 count = 0;
    if (!check_inline_ref(type, refs.first(size), sequence, count)) return false;
    if (type < last_type) return fail("inline references out of order");
    if (type > last_type) last_sequence = ~u64{0};
    if (sequence > last_sequence) return fail("inline references out of order");
    last_type = type;
    last_sequence = sequence;
    counted += count;
    refs = refs.subspan(size);
  }
  return counted <= total_refs || fail("{} inline references, but {} in all", counted, total_refs);
}

bool ItemCheck::check_inline_ref(u8 type, Bytes ref, u64& sequence, u64& count) {
  const u64 offset = load_le<u64>(ref.data() + offsetof(ExtentInlineRef, offset));
  sequence = offset;
  count = 1;
  switch (type) {
    case SHARED_BLOCK_REF_KEY:
      return is_aligned(offset) || fail("parent at {}", offset);
    case SHARED_DATA_REF_KEY:
      count = load_le<u32>(ref.data() + sizeof(ExtentInlineRef));
      if (!is_aligned(offset)) return fail("parent at {}", offset);
      return count > 0 || fail("shared data reference that counts nothing");
    case EXTENT_DATA_REF_KEY: {
      const auto data = load_struct<ExtentDataRef>(ref, offsetof(ExtentInlineRef, offset));
      sequence = extent_data_ref_hash(data.root, data.objectid, data.offset);
      count = data.count;
      return check_data_ref(ref.subspan(offsetof(ExtentInlineRef, offset)));
    }
    case EXTENT_OWNER_REF_KEY:
      count = 0;
      return true;
    default:
      return true;
  }
}

bool ItemCheck::check_data_ref(Bytes ref) {
  const auto data = load_struct<ExtentDataRef>(ref);
  if (!has_data_extents(data.root)) return fail("data reference from tree {}", data.root.value());
  if (data.objectid < FIRST_FREE_OBJECTID || data.objectid > LAST_FREE_OBJECTID)
    return fail("data reference from inode {}", data.objectid.value());
  if (!is_aligned(data.offset)) return fail("data reference at offset {}", data.offset.value());
  return data.count > 0 || fail("data reference that counts nothing");
}

bool ItemCheck::check_keyed_ref(const Key& key, Bytes item) {
  if (!has_size(item, key.type == SHARED_DATA_REF_KEY ? sizeof(SharedDataRef) : 0)) return false;
  if (!is_aligned(key.objectid)) return fail("address not in sectors");
  if (key.type != TREE_BLOCK_REF_KEY && !is_aligned(key.offset))
    return fail("parent at {}", key.offset);
  if (key.type == SHARED_DATA_REF_KEY && load_struct<SharedDataRef>(item).count == 0)
    return fail("shared data reference that counts nothing");
  return true;
}

bool ItemCheck::check_keyed_data_ref(const Key& key, Bytes item) {
  if (item.empty() || item.size() % sizeof(ExtentDataRef) != 0)
    return fail("item of {} bytes", item.size());
  if (!is_aligned(key.objectid)) return fail("address not in sectors");
  for (; !item.empty(); item = item.subspan(sizeof(ExtentDataRef)))
    if (!check_data_ref(item)) return false;
  return true;
}

bool ItemCheck::check_block_group(const Key& key, Bytes item) {
  if (key.offset == 0) return fail("block group of no length");
  if (!has_size(item, sizeof(BlockGroupItem))) return false;
  const auto group = load_struct<BlockGroupItem>(item);
  const bool global_roots = (limits_.incompat_flags & FEATURE_INCOMPAT_EXTENT_TREE_V2) != 0;
  if (!global_roots && group.chunk_objectid != FIRST_CHUNK_TREE_OBJECTID)
    return fail("chunk objectid {}", group.chunk_objectid.value());
  if (group.used > key.offset) return fail("{} of its bytes are used", group.used.value());
  const u64 flags = group.flags;
  if (profile_of(flags) == nullptr) return fail("flags {:#x}: several profiles", flags);
  const u64 type = flags & BLOCK_GROUP_TYPE_MASK;
  const bool mixed = type == (BLOCK_GROUP_DATA | BLOCK_GROUP_METADATA);
  return std::has_single_bit(type) || mixed || fail("flags {:#x}: no type", flags);
}

bool ItemCheck::check_chunk(const Key& key, Bytes item) {
  auto chunk = parse_chunk(key.offset, item, limits_.sectorsize);
  if (!chunk.ok()) return fail("{}", chunk.error().message());
  const u64 both = BLOCK_GROUP_DATA | BLOCK_GROUP_METADATA;
  const bool may_mix = (limits_.incompat_flags & FEATURE_INCOMPAT_MIXED_GROUPS) != 0;
  return may_mix || (chunk.value().type & both) != both ||
         fail("data and metadata in one chunk, but the filesystem does not mix them");
}

bool ItemCheck::check_dev_item(const Key& key, Bytes item) {
  if (key.objectid != DEV_ITEMS_OBJECTID) return fail("objectid is not DEV_ITEMS");
  if (!has_size(item, sizeof(DevItem))) return false;
  const auto device = load_struct<DevItem>(item);
  if (device.devid != key.offset) return fail("is of device {}", device.devid.value());
  return device.bytes_used <= device.total_bytes ||
         fail("{} bytes used of {}", device.bytes_used.value(), device.total_bytes.value());
}

bool ItemCheck::check_dev_extent(const Key& key, Bytes item) {
  if (!has_size(item, sizeof(DevExtent))) return false;
  const auto extent = load_struct<DevExtent>(item);
  if (extent.chunk_tree != CHUNK_TREE_OBJECTID) return fail("tree {}", extent.chunk_tree.value());
  if (extent.chunk_objectid != FIRST_CHUNK_TREE_OBJECTID)
    return fail("chunk objectid {}", extent.chunk_objectid.value());
  if (!is_aligned(key.offset) || !is_aligned(extent.chunk_offset) || !is_aligned(extent.length))
    return fail("not in sectors");
  if (!has_previous_ || previous_.objectid != key.objectid || previous_.type != DEV_EXTENT_KEY)
    return true;
  const u64 end = previous_.offset + load_struct<DevExtent>(previous_item_).length;
  return end <= key.offset || fail("the one before it reaches to {}", end);
}

bool ItemCheck::check_free_space(const Key& key, Bytes item) {
  switch (key.type) {
    case FREE_SPACE_INFO_KEY:
      return has_size(item, sizeof(FreeSpaceInfo));
    case FREE_SPACE_EXTENT_KEY:
      return has_size(item, 0);
    default:
      // A bit for each sector, in whole bytes.
      return has_least_size(item, static_cast<std::size_t>(std::min<u64>(
                                      (key.offset / limits_.sectorsize + 7) / 8, MAX_NODESIZE)));
  }
}

bool ItemCheck::check_raid_stripe(const Key& key, Bytes item) {
  if ((limits_.incompat_flags & FEATURE_INCOMPAT_RAID_STRIPE_TREE) == 0)
    return fail("the filesystem has no raid stripe tree");
  if (!is_aligned(key.objectid)) return fail("address not in sectors");
  return item.size() % (2 * sizeof(u64)) == 0 || fail("item of {} bytes", item.size());
}

}  // namespace canopy
