// Items that say who refers to an extent.

#include "checksum/crc32c.h"
#include "inspect/item_fields.h"
#include "ondisk/extent_item.h"

namespace canopy {
namespace {

std::string extent_flags_text(u64 flags) {
  std::string text;
  if ((flags & EXTENT_FLAG_DATA) != 0) text = "DATA";
  // btrfs-progs puts no bar between the two; a real extent is only one of them.
  if ((flags & EXTENT_FLAG_TREE_BLOCK) != 0) text += "TREE_BLOCK";
  if ((flags & BLOCK_FLAG_FULL_BACKREF) != 0) text += "|FULL_BACKREF";
  return text;
}

// The offset of the key that the reference would have as an item of its own.
u64 hash_of(const ExtentDataRef& ref) {
  const u32 high = crc32c_raw(~0u, as_bytes(ref.root));
  const u32 low = crc32c_raw(crc32c_raw(~0u, as_bytes(ref.objectid)), as_bytes(ref.offset));
  return (u64{high} << 31) ^ u64 { low };
}

void add_data_ref(FieldList& list, u32 at) {
  StructFields<ExtentDataRef> f(list, at);
  const u64 root = f.value().root;
  f.linked(f.text(&ExtentDataRef::root, "root", objectid_name(root), "extent data backref root"),
           FieldLink::tree, root);
  f.link(&ExtentDataRef::objectid, FieldLink::inode, "objectid");
  f.number(&ExtentDataRef::offset, "offset");
  f.number(&ExtentDataRef::count, "count");
}

// One inline reference at `at`; its size, 0 if it is of no known type.
u32 decode_inline_ref(FieldList& list, u32 at, u32 number) {
  const auto ref = list.load<ExtentInlineRef>(at);
  const u32 size = extent_inline_ref_size(ref.type);
  if (size == 0) {
    list.quiet("unknown reference", fmt::format("type {}", ref.type), at, list.size() - at);
    return 0;
  }
  u64 sequence = ref.offset;
  if (ref.type == EXTENT_DATA_REF_KEY)
    sequence = hash_of(list.load<ExtentDataRef>(at + u32{offsetof(ExtentInlineRef, offset)}));
  // Words of btrfs-progs 6.14 to the letter, in which an owner reference has a tab less and a typo.
  const bool owner = ref.type == EXTENT_OWNER_REF_KEY;
  list.line(owner ? 1 : 2);
  list.open(fmt::format("inline ref {}", number), at, size);
  list.add("type", fmt::format("{} ({})", ref.type, key_type_name(ref.type)), at, 1,
           fmt::format("({} {:#x})", ref.type, sequence));
  StructFields<ExtentInlineRef> f(list, at);
  switch (ref.type) {
    case TREE_BLOCK_REF_KEY:
      f.linked(f.text(&ExtentInlineRef::offset, "root", objectid_name(ref.offset),
                      "tree block backref root"),
               FieldLink::tree, ref.offset);
      break;
    case SHARED_BLOCK_REF_KEY:
      f.link(&ExtentInlineRef::offset, FieldLink::tree_block, "parent",
             "shared block backref parent");
      break;
    case EXTENT_DATA_REF_KEY:
      add_data_ref(list, at + u32{offsetof(ExtentInlineRef, offset)});
      break;
    case SHARED_DATA_REF_KEY: {
      f.link(&ExtentInlineRef::offset, FieldLink::tree_block, "parent",
             "shared data backref parent");
      StructFields<SharedDataRef> shared(list, at + u32{sizeof(ExtentInlineRef)});
      shared.number(&SharedDataRef::count, "count");
      break;
    }
    default:
      f.link(&ExtentInlineRef::offset, FieldLink::tree, "root_id", "textent owner root");
      break;
  }
  list.close();
  return size;
}

void decode_extent(FieldList& list, const Key& key) {
  if (list.size() < sizeof(ExtentItem)) {
    list.slice(0, sizeof(ExtentItem));
    return;
  }
  StructFields<ExtentItem> f(list, 0);
  const u64 flags = f.value().flags;
  list.line();
  f.number(&ExtentItem::refs, "refs");
  f.number(&ExtentItem::generation, "generation", "gen");
  f.text(&ExtentItem::flags, "flags", extent_flags_text(flags));
  u32 at = sizeof(ExtentItem);
  if (key.type == METADATA_ITEM_KEY) {
    list.line();
    list.words(fmt::format("tree block skinny level {}", static_cast<i32>(key.offset)));
  } else if ((flags & EXTENT_FLAG_TREE_BLOCK) != 0) {
    StructFields<TreeBlockInfo> info(list, at);
    list.line();
    list.open("tree block info", at, sizeof(TreeBlockInfo));
    info.key(&TreeBlockInfo::key, "key", "tree block");
    info.number(&TreeBlockInfo::level, "level");
    list.close();
    at += u32{sizeof(TreeBlockInfo)};
  }
  for (u32 number = 0; at < list.size(); ++number) {
    const u32 size = decode_inline_ref(list, at, number);
    if (size == 0) return;
    at += size;
  }
}

}  // namespace

bool decode_extent_item(FieldList& list, const Key& key) {
  switch (key.type) {
    case EXTENT_ITEM_KEY:
    case METADATA_ITEM_KEY:
      decode_extent(list, key);
      return true;
    case EXTENT_DATA_REF_KEY:
      list.line();
      add_data_ref(list, 0);
      return true;
    case SHARED_DATA_REF_KEY: {
      StructFields<SharedDataRef> f(list, 0);
      list.line();
      list.words("shared data backref");
      f.number(&SharedDataRef::count, "count");
      return true;
    }
    case EXTENT_OWNER_REF_KEY: {
      StructFields<ExtentOwnerRef> f(list, 0);
      list.line();
      f.link(&ExtentOwnerRef::root_id, FieldLink::tree, "root_id", "extent owner root");
      return true;
    }
    default:
      return false;
  }
}

}  // namespace canopy
