#include "inspect/item_cards.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "inspect/item_fields.h"
#include "ondisk/chunk.h"
#include "ondisk/extent_item.h"
#include "ondisk/file_extent.h"
#include "ondisk/free_space.h"
#include "ondisk/inode_item.h"
#include "ondisk/persistent_items.h"
#include "ondisk/quota.h"
#include "ondisk/root_item.h"

namespace canopy {

namespace {

// Ascending by type.
constexpr ItemCard cards[] = {
    {INODE_ITEM_KEY, "subvolumes",
     "The inode of a file, directory or link: size, owner, mode, four times, and the generation "
     "in which it was made. Its names are in other items, since a file may have several.",
     "number of the inode", "0", sizeof(InodeItem)},
    {INODE_REF_KEY, "subvolumes",
     "The names that an inode has in one directory, each with its index there. It is the way back "
     "from a file to its path; send finds paths with it.",
     "number of the inode", "number of the directory", sizeof(InodeRef)},
    {INODE_EXTREF_KEY, "subvolumes",
     "As INODE_REF, for names that no longer fit there: an inode with very many hard links in one "
     "directory.",
     "number of the inode", "hash of directory and name", sizeof(InodeExtref)},
    {XATTR_ITEM_KEY, "subvolumes",
     "An extended attribute: its name and its value. Access lists, capabilities and the property "
     "\"compression\" are attributes. Names of equal hash share one item.",
     "number of the inode", "hash of the name", sizeof(DirItem)},
    {VERITY_DESC_ITEM_KEY, "subvolumes",
     "fs-verity: how long the descriptor of the sealed file is, and the descriptor itself.",
     "number of the inode", "0: length; 1 and up: pieces of the descriptor"},
    {VERITY_MERKLE_ITEM_KEY, "subvolumes",
     "fs-verity: a piece of the tree of hashes over the contents of a sealed file.",
     "number of the inode", "where the piece begins"},
    {ORPHAN_ITEM_KEY, "subvolumes, root tree",
     "An empty mark: the inode was deleted while it was open, or the subvolume is being deleted. "
     "What it names is removed at the next mount.",
     "-5 (ORPHAN)", "number of the inode or subvolume"},
    {DIR_LOG_ITEM_KEY, "log trees",
     "A range of directory entries, by hash, that the log holds whole.", "number of the directory",
     "first hash of the range", sizeof(DirLogItem)},
    {DIR_LOG_INDEX_KEY, "log trees",
     "A range of directory entries, by index, that the log holds whole.", "number of the directory",
     "first index of the range", sizeof(DirLogItem)},
    {DIR_ITEM_KEY, "subvolumes",
     "A directory entry, found by its name: the name, the type, and the key of what it leads to: "
     "an inode, or the root of another subvolume. Names of equal hash share one item.",
     "number of the directory", "crc32c of the name", sizeof(DirItem)},
    {DIR_INDEX_KEY, "subvolumes",
     "The same entry as in DIR_ITEM, in the order in which the names were made. Listing a "
     "directory reads these.",
     "number of the directory", "index, counted up from 2", sizeof(DirItem)},
    {EXTENT_DATA_KEY, "subvolumes",
     "What lies at a place of a file: bytes within the item (inline), a part of an extent on disk, "
     "an extent that is reserved and not yet written (prealloc), or a hole (disk address 0). "
     "Several files may point into one extent.",
     "number of the inode", "place in the file, in bytes", sizeof(FileExtentItem)},
    {EXTENT_CSUM_KEY, "checksum tree",
     "The checksums of data that lies side by side on disk, one for each sector.",
     "-10 (EXTENT_CSUM)", "logical address of the first sector", 4},
    {ROOT_ITEM_KEY, "root tree",
     "The root of a tree: address, level and generation of its top block. For subvolumes also "
     "UUIDs, times, and whether it is read-only; a snapshot is a second root item whose tree "
     "shares the blocks of the first.",
     "id of the tree", "0; of a snapshot, the generation in which it was made", sizeof(RootItem)},
    {ROOT_BACKREF_KEY, "root tree",
     "In which directory of which subvolume this one is, and by what name.", "id of the subvolume",
     "id of the subvolume around it", sizeof(RootRef)},
    {ROOT_REF_KEY, "root tree",
     "A subvolume that lies in a directory of this one: the directory and the name.",
     "id of the subvolume around it", "id of the subvolume", sizeof(RootRef)},
    {EXTENT_ITEM_KEY, "extent tree",
     "An allocated extent, data or (in older filesystems) a tree block: how many references it "
     "has, since when it exists, and who refers to it. Copying a file by reflink adds a reference "
     "here and writes no data.",
     "logical address", "length in bytes", sizeof(ExtentItem)},
    {METADATA_ITEM_KEY, "extent tree",
     "An allocated tree block: its references, and its owners. The short form of EXTENT_ITEM; all "
     "tree blocks have the same length.",
     "logical address", "level of the block", sizeof(ExtentItem)},
    {EXTENT_OWNER_REF_KEY, "extent tree, inline",
     "Simple quotas: the subvolume that an extent is charged to for as long as it lives.",
     "logical address", "id of the subvolume", sizeof(ExtentOwnerRef)},
    {TREE_BLOCK_REF_KEY, "extent tree", "A reference to a tree block by the tree that owns it.",
     "logical address of the block", "id of the tree"},
    {EXTENT_DATA_REF_KEY, "extent tree",
     "References to a data extent from one file: tree, inode, place, and how many.",
     "logical address of the extent", "hash of tree, inode and place", sizeof(ExtentDataRef)},
    {SHARED_BLOCK_REF_KEY, "extent tree",
     "A reference to a tree block by a block above it, whichever trees that one belongs to. Such "
     "references stand in for all snapshots that share the block above.",
     "logical address of the block", "logical address of the block above"},
    {SHARED_DATA_REF_KEY, "extent tree",
     "References to a data extent from a leaf that several snapshots share.",
     "logical address of the extent", "logical address of the leaf", sizeof(SharedDataRef)},
    {BLOCK_GROUP_ITEM_KEY, "extent tree or block group tree",
     "A block group: for what it is used (data, metadata, system), its profile, and how many bytes "
     "of it are in use. Balance empties block groups one after the other.",
     "logical address", "length in bytes", sizeof(BlockGroupItem)},
    {FREE_SPACE_INFO_KEY, "free space tree",
     "How the free space of a block group is written down: the number of free extents, and whether "
     "as extents or as bitmaps.",
     "logical address of the block group", "its length", sizeof(FreeSpaceInfo)},
    {FREE_SPACE_EXTENT_KEY, "free space tree",
     "A free range of a block group. The key says all; the item is empty.", "logical address",
     "length in bytes"},
    {FREE_SPACE_BITMAP_KEY, "free space tree",
     "A range of a block group with one bit for each sector: 1 is free. Shorter than extents where "
     "free space is in many pieces.",
     "logical address", "length in bytes"},
    {DEV_EXTENT_KEY, "device tree",
     "A range of a device that belongs to a chunk. It is the way back from a physical address to a "
     "logical one.",
     "id of the device", "physical address", sizeof(DevExtent)},
    {DEV_ITEM_KEY, "chunk tree",
     "A device of the filesystem: its size, how much of it is allocated to chunks, its UUID.",
     "1 (DEV_ITEMS)", "id of the device", sizeof(DevItem)},
    {CHUNK_ITEM_KEY, "chunk tree",
     "A range of logical addresses and where it lies on devices: the profile, and a stripe for "
     "each device. All logical addresses are looked up here, so that a few chunks are also copied "
     "into the superblock.",
     "256 (FIRST_CHUNK_TREE)", "logical address", sizeof(Chunk) + sizeof(Stripe)},
    {RAID_STRIPE_KEY, "raid stripe tree",
     "Where a written piece of data lies on each device, on filesystems that do not compute it "
     "from the chunk.",
     "logical address", "length in bytes", sizeof(RaidStride)},
    {QGROUP_STATUS_KEY, "quota tree",
     "Whether quotas are on, in which mode, and whether their numbers can be trusted or are being "
     "counted anew.",
     "0", "0", sizeof(QgroupStatusItem)},
    {QGROUP_INFO_KEY, "quota tree",
     "What a quota group uses: all bytes that can be reached from it, and those that only it "
     "reaches.",
     "0", "level/id of the group", sizeof(QgroupInfoItem)},
    {QGROUP_LIMIT_KEY, "quota tree", "The limits of a quota group.", "0", "level/id of the group",
     sizeof(QgroupLimitItem)},
    {QGROUP_RELATION_KEY, "quota tree",
     "That one quota group is part of another. Stored in both directions; the key says all.",
     "level/id of a group", "level/id of the other"},
    {TEMPORARY_ITEM_KEY, "root tree",
     "Something that is under way. The one kind there is describes a running or paused balance: "
     "its filters, and how it goes on after a mount.",
     "-4 (BALANCE)", "0", sizeof(BalanceItem)},
    {PERSISTENT_ITEM_KEY, "device tree",
     "Counts of errors of a device since they were reset: reads, writes, flushes, damaged blocks, "
     "blocks of a wrong generation.",
     "0 (DEV_STATS)", "id of the device", sizeof(DevStatsItem)},
    {DEV_REPLACE_KEY, "device tree", "How far the replacement of a device has come.", "0", "0",
     sizeof(DevReplaceItem)},
    {UUID_KEY_SUBVOL, "UUID tree",
     "The subvolume that has this UUID. The UUID is the key, in two halves; receive finds the "
     "parent of a stream here.",
     "first half of the UUID", "second half of the UUID", 8},
    {UUID_KEY_RECEIVED_SUBVOL, "UUID tree",
     "The subvolumes that were received from the one with this UUID.", "first half of the UUID",
     "second half of the UUID", 8},
    {STRING_ITEM_KEY, "root tree", "A text. Only debugging tools write it.", "any", "any"},
};

}  // namespace

std::span<const ItemCard> item_cards() { return cards; }

const ItemCard* find_item_card(u8 type) {
  const auto found = std::ranges::lower_bound(cards, type, {}, &ItemCard::type);
  return found != std::end(cards) && found->type == type ? &*found : nullptr;
}

std::vector<Field> item_layout(const ItemCard& card) {
  std::vector<u8> bytes(card.fixed_bytes);
  // A chunk has one stripe at least.
  Chunk chunk{};
  chunk.num_stripes = 1;
  if (card.type == CHUNK_ITEM_KEY) std::memcpy(bytes.data(), &chunk, sizeof chunk);
  FieldContext context;
  context.nodesize = 16384;
  context.sectorsize = 4096;
  FieldList list(context, bytes, 0);
  decode_item(list, {card.type == TEMPORARY_ITEM_KEY ? BALANCE_OBJECTID : 0, card.type, 0});
  std::vector<Field> fields = list.take();
  std::erase_if(fields, [&](const Field& field) {
    return field.name.empty() || field.size == 0 || field.offset + field.size > card.fixed_bytes;
  });
  return fields;
}

}  // namespace canopy
