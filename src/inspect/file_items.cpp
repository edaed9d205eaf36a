// Items of files: inodes, names, directory entries, xattrs, file extents, data checksums.

#include <algorithm>

#include "base/text.h"
#include "checksum/checksum.h"
#include "inspect/item_fields.h"
#include "ondisk/file_extent.h"
#include "ondisk/persistent_items.h"
#include "ondisk/tree_block.h"

namespace canopy {
namespace {

constexpr FlagName INODE_FLAG_NAMES[] = {
    {INODE_NODATASUM, "NODATASUM"},
    {INODE_NODATACOW, "NODATACOW"},
    {INODE_READONLY, "READONLY"},
    {INODE_NOCOMPRESS, "NOCOMPRESS"},
    {INODE_PREALLOC, "PREALLOC"},
    {INODE_SYNC, "SYNC"},
    {INODE_IMMUTABLE, "IMMUTABLE"},
    {INODE_APPEND, "APPEND"},
    {INODE_NODUMP, "NODUMP"},
    {INODE_NOATIME, "NOATIME"},
    {INODE_DIRSYNC, "DIRSYNC"},
    {INODE_COMPRESS, "COMPRESS"},
    {INODE_ROOT_ITEM_INIT, "ROOT_ITEM_INIT"},
};

std::string inode_flags_text(u64 flags) {
  const std::string names = flags_text(flags, INODE_FLAG_NAMES);
  return fmt::format("{:#x}({})", flags, names.empty() ? "none" : names);
}

void decode_inode(FieldList& list) {
  StructFields<InodeItem> f(list, 0);
  list.line();
  f.number(&InodeItem::generation, "generation");
  f.number(&InodeItem::transid, "transid");
  f.number(&InodeItem::size, "size");
  f.number(&InodeItem::nbytes, "nbytes");
  list.line();
  f.number(&InodeItem::block_group, "block_group", "block group");
  f.text(&InodeItem::mode, "mode", fmt::format("{:o}", f.value().mode.value()));
  f.number(&InodeItem::nlink, "nlink", "links");
  f.number(&InodeItem::uid, "uid");
  f.number(&InodeItem::gid, "gid");
  f.number(&InodeItem::rdev, "rdev");
  list.line();
  f.number(&InodeItem::sequence, "sequence");
  f.text(&InodeItem::flags, "flags", inode_flags_text(f.value().flags));
  list.line();
  f.time(&InodeItem::atime, "atime");
  list.line();
  f.time(&InodeItem::ctime, "ctime");
  list.line();
  f.time(&InodeItem::mtime, "mtime");
  list.line();
  f.time(&InodeItem::otime, "otime");
}

// A name or other bytes behind a struct: at most 255 of them are printed.
void add_name(FieldList& list, const char* name, u32 at, u32 length, const char* label) {
  const bool hide = list.context().hide_names;
  const Bytes shown = list.slice(at, std::min<u32>(length, NAME_LEN_MAX));
  const std::string text = hide ? "HIDDEN" : escaped(as_text(shown));
  list.add(name, text, at, length, fmt::format("{} {}", label, text));
}

void decode_inode_ref(FieldList& list, const Key& key) {
  for (u32 at = 0, number = 0; at < list.size(); ++number) {
    StructFields<InodeRef> f(list, at);
    const u32 length = sizeof(InodeRef) + f.value().name_len;
    list.line();
    list.open(fmt::format("ref {}", number), at, length);
    f.number(&InodeRef::index, "index");
    f.number(&InodeRef::name_len, "name_len", "namelen");
    add_name(list, "name", at + u32{sizeof(InodeRef)}, f.value().name_len, "name:");
    list.close();
    at += length;
  }
  StructFields<InodeRef>::linked(
      list.quiet("parent (key offset)", fmt::to_string(key.offset), 0, 0), FieldLink::inode,
      key.offset);
}

void decode_inode_extref(FieldList& list) {
  for (u32 at = 0, number = 0; at < list.size(); ++number) {
    StructFields<InodeExtref> f(list, at);
    const u32 length = sizeof(InodeExtref) + f.value().name_len;
    list.line();
    list.open(fmt::format("ref {}", number), at, length);
    f.number(&InodeExtref::index, "index");
    f.link(&InodeExtref::parent_objectid, FieldLink::inode, "parent_objectid", "parent");
    f.number(&InodeExtref::name_len, "name_len", "namelen");
    add_name(list, "name", at + u32{sizeof(InodeExtref)}, f.value().name_len, "name:");
    list.close();
    at += length;
  }
}

std::string entry_type_text(u8 type) {
  static constexpr const char* names[] = {nullptr, "FILE", "DIR",     "CHRDEV", "BLKDEV",
                                          "FIFO",  "SOCK", "SYMLINK", "XATTR"};
  if (type < std::size(names) && names[type] != nullptr) return names[type];
  return fmt::format("DIR_ITEM.{}", type);
}

void decode_dir_item(FieldList& list) {
  for (u32 at = 0, number = 0; at < list.size(); ++number) {
    StructFields<DirItem> f(list, at);
    const u32 name_at = at + u32{sizeof(DirItem)};
    const u32 name_len = f.value().name_len;
    const u32 data_len = f.value().data_len;
    const Key location = f.value().location.decode();
    const u32 length = u32{sizeof(DirItem)} + name_len + data_len;
    list.line();
    list.open(fmt::format("entry {}", number), at, length);
    Field& place = f.key(&DirItem::location, "location", "location");
    if (location.type == INODE_ITEM_KEY)
      StructFields<DirItem>::linked(place, FieldLink::inode, location.objectid);
    if (location.type == ROOT_ITEM_KEY)
      StructFields<DirItem>::linked(place, FieldLink::tree, location.objectid);
    f.text(&DirItem::type, "type", entry_type_text(f.value().type));
    // btrfs-progs stops at such an entry, too.
    if (u64{at} + name_len + data_len > list.size()) {
      list.slice(at, length);
      list.close();
      return;
    }
    list.line();
    f.number(&DirItem::transid, "transid");
    f.number(&DirItem::data_len, "data_len");
    f.number(&DirItem::name_len, "name_len");
    list.line();
    add_name(list, "name", name_at, name_len, "name:");
    if (data_len > 0) {
      list.line();
      add_name(list, "data", name_at + name_len, data_len, "data");
    }
    list.close();
    at += length;
  }
}

std::string compression_text(u8 compression) {
  static constexpr const char* names[] = {"none", "zlib", "lzo", "zstd"};
  return fmt::format("{} ({})", compression,
                     compression < std::size(names) ? std::string(names[compression])
                                                    : fmt::format("UNKNOWN.{}", compression));
}

void add_extent_range(StructFields<FileExtentItem>& f, FieldList& list, const char* word) {
  const u64 bytenr = f.value().disk_bytenr;
  list.line();
  list.words(fmt::format("{} data disk", word));
  Field& place = f.number(&FileExtentItem::disk_bytenr, "disk_bytenr", "byte");
  if (bytenr != 0) StructFields<FileExtentItem>::linked(place, FieldLink::extent, bytenr);
  f.number(&FileExtentItem::disk_num_bytes, "disk_num_bytes", "nr");
  list.line();
  list.words(fmt::format("{} data", word));
  f.number(&FileExtentItem::offset, "offset");
  f.number(&FileExtentItem::num_bytes, "num_bytes", "nr");
}

void decode_file_extent(FieldList& list) {
  const u8 type = list.size() > offsetof(FileExtentItem, type)
                      ? list.item()[offsetof(FileExtentItem, type)]
                      : FILE_EXTENT_INLINE;
  static constexpr const char* type_names[] = {"inline", "regular", "prealloc"};
  // An inline extent has none of the fields behind its data's place.
  StructFields<FileExtentItem> f(
      list, 0,
      type == FILE_EXTENT_INLINE ? FILE_EXTENT_INLINE_DATA_START : u32{sizeof(FileExtentItem)});
  const std::string compression = compression_text(f.value().compression);
  list.line();
  f.number(&FileExtentItem::generation, "generation");
  f.text(&FileExtentItem::type, "type",
         fmt::format("{} ({})", type, type < std::size(type_names) ? type_names[type] : "unknown"));
  if (type == FILE_EXTENT_INLINE) {
    const u32 start = FILE_EXTENT_INLINE_DATA_START;
    const u32 length = list.size() > start ? list.size() - start : 0;
    list.line();
    list.add("data", fmt::format("{} bytes", length), start, length,
             fmt::format("inline extent data size {}", length));
    f.number(&FileExtentItem::ram_bytes, "ram_bytes");
    f.text(&FileExtentItem::compression, "compression", compression);
  } else if (type == FILE_EXTENT_PREALLOC) {
    add_extent_range(f, list, "prealloc");
    f.quiet(&FileExtentItem::ram_bytes, "ram_bytes");
    f.quiet(&FileExtentItem::compression, "compression");
  } else {
    add_extent_range(f, list, "extent");
    f.number(&FileExtentItem::ram_bytes, "ram_bytes", "ram");
    list.line();
    list.words("extent");
    f.text(&FileExtentItem::compression, "compression", compression);
  }
  f.quiet(&FileExtentItem::encryption, "encryption");
  f.quiet(&FileExtentItem::other_encoding, "other_encoding");
}

// The checksums of consecutive sectors.
void decode_checksums(FieldList& list, const Key& key) {
  const FieldContext& context = list.context();
  const ChecksumInfo* info = checksum_info(context.csum_type);
  if (info == nullptr || context.sectorsize == 0) return;
  const u32 count = list.size() / info->size;
  const u32 length = count * context.sectorsize;
  list.line();
  list.words(
      fmt::format("range start {} end {} length {}", key.offset, key.offset + length, length));
  const u32 on_a_line = std::max(1u, CSUM_SIZE / info->size / 2);
  for (u32 i = 0; i < count; ++i) {
    const u64 logical = key.offset + u64{i} * context.sectorsize;
    const std::string sum = "0x" + hex_text(list.slice(i * info->size, info->size));
    if (context.csum_items && i % on_a_line == 0) list.line();
    Field& field = list.add(fmt::format("sector {}", logical), sum, i * info->size, info->size,
                            context.csum_items ? fmt::format("[{}] {}", logical, sum) : "");
    StructFields<InodeItem>::linked(field, FieldLink::extent, logical);
  }
}

}  // namespace

bool decode_file_item(FieldList& list, const Key& key) {
  switch (key.type) {
    case INODE_ITEM_KEY:
      decode_inode(list);
      return true;
    case INODE_REF_KEY:
      decode_inode_ref(list, key);
      return true;
    case INODE_EXTREF_KEY:
      decode_inode_extref(list);
      return true;
    case DIR_ITEM_KEY:
    case DIR_INDEX_KEY:
    case XATTR_ITEM_KEY:
      decode_dir_item(list);
      return true;
    case DIR_LOG_ITEM_KEY:
    case DIR_LOG_INDEX_KEY: {
      StructFields<DirLogItem> f(list, 0);
      list.line();
      list.words("dir log");
      f.number(&DirLogItem::end, "end");
      return true;
    }
    case EXTENT_DATA_KEY:
      decode_file_extent(list);
      return true;
    case EXTENT_CSUM_KEY:
      decode_checksums(list, key);
      return true;
    default:
      return false;
  }
}

}  // namespace canopy
