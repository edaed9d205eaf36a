#include "inspect/block_fields.h"

#include <algorithm>

#include "checksum/checksum.h"
#include "inspect/item_fields.h"
#include "ondisk/tree_block.h"

namespace canopy {
namespace {

constexpr FlagName HEADER_FLAG_NAMES[] = {
    {HEADER_FLAG_WRITTEN, "WRITTEN"},
    {HEADER_FLAG_RELOC, "RELOC"},
};
constexpr u32 BACKREF_REV_SHIFT = 56;

Header header_of(Bytes block) { return load_struct<Header>(block); }

u64 flags_of(const Header& header) { return header.flags & ((u64{1} << BACKREF_REV_SHIFT) - 1); }

u32 backref_revision(const Header& header) {
  return static_cast<u32>(header.flags >> BACKREF_REV_SHIFT);
}

// Names of the known flags only, as dump-tree prints them.
std::string header_flags_text(u64 flags) {
  return fmt::format(
      "{:#x}({})", flags,
      flags_text(flags & (HEADER_FLAG_WRITTEN | HEADER_FLAG_RELOC), HEADER_FLAG_NAMES));
}

u32 entry_size(const Header& header) { return header.level == 0 ? sizeof(Item) : sizeof(KeyPtr); }

u32 entry_offset(const Header& header, u32 slot) {
  return u32{sizeof(Header)} + slot * entry_size(header);
}

// Bytes between the item headers and the item data, negative in a damaged leaf.
i64 leaf_free_space(Bytes block) {
  const i64 area = static_cast<i64>(block.size() - sizeof(Header));
  const u32 count = header_of(block).nritems;
  if (count == 0) return area;
  if (count > slot_count(block)) return area - i64{count} * i64{sizeof(Item)};
  const auto last = load_struct<Item>(block, sizeof(Header) + (count - 1) * sizeof(Item));
  return i64{last.offset} - i64{count} * i64{sizeof(Item)};
}

std::string header_text(const FieldContext& context, Bytes block, u64 logical) {
  const Header header = header_of(block);
  const u32 count = header.nritems;
  const bool leaf = header.level == 0;
  std::string text;
  if (leaf) {
    text = fmt::format("leaf {} items {} free space {}", header.bytenr.value(), count,
                       static_cast<i32>(leaf_free_space(block)));
  } else {
    const auto room = static_cast<u32>((block.size() - sizeof(Header)) / sizeof(KeyPtr));
    text = fmt::format("node {} level {} items {} free space {}", logical, header.level, count,
                       room - count);
  }
  text += fmt::format(" generation {} owner {}\n", header.generation.value(),
                      objectid_name(header.owner));
  text += fmt::format("{} {} flags {} backref revision {}", leaf ? "leaf" : "node",
                      header.bytenr.value(), header_flags_text(flags_of(header)),
                      backref_revision(header));
  const ChecksumInfo* info = checksum_info(context.csum_type);
  if (context.csum_headers && info != nullptr)
    text += " csum 0x" + hex_text(Bytes(header.csum).first(info->size));
  text += fmt::format("\nfs uuid {}\nchunk uuid {}\n", uuid_field_text(header.fsid),
                      uuid_field_text(header.chunk_tree_uuid));
  return text;
}

void append_leaf(const FieldContext& context, Bytes block, std::string& text,
                 std::vector<std::string>& problems) {
  const u32 count = slot_count(block);
  for (u32 slot = 0; slot < count; ++slot) {
    const auto place = item_place(block, slot);
    const auto raw = load_struct<Item>(block, sizeof(Header) + slot * sizeof(Item));
    if (!place) {
      problems.push_back(fmt::format(
          "leaf {} slot {} pointer invalid, offset {} size {} leaf data limit {}; the remaining "
          "slots are skipped",
          header_of(block).bytenr.value(), slot, raw.offset.value(), raw.size.value(),
          block.size() - sizeof(Header)));
      return;
    }
    text += fmt::format("\titem {} key {} itemoff {} itemsize {}\n", slot, key_text(place->key),
                        raw.offset.value(), place->size);
    FieldList list(context, block.subspan(place->offset, place->size), place->offset);
    decode_item(list, place->key);
    list.append_dump(text);
    if (list.too_short())
      problems.push_back(fmt::format("leaf {} slot {}: {} is too short with {} bytes",
                                     header_of(block).bytenr.value(), slot, key_text(place->key),
                                     place->size));
  }
}

void add_key(FieldList& list, u32 at) {
  const auto raw = list.load<DiskKey>(at);
  const Key key = raw.decode();
  list.open("key", at, sizeof(DiskKey));
  list.quiet("objectid", objectid_name(key.objectid, key.type), at, 8);
  list.quiet("type", fmt::format("{} ({})", key.type, key_type_name(key.type, key.objectid)),
             at + u32{offsetof(DiskKey, type)}, 1);
  list.quiet("offset", key_offset_text(key), at + u32{offsetof(DiskKey, offset)}, 8);
  list.close();
}

}  // namespace

u32 slot_count(Bytes block) {
  const Header header = header_of(block);
  const auto room = static_cast<u32>((block.size() - sizeof(Header)) / entry_size(header));
  return std::min<u32>(header.nritems, room);
}

std::optional<ItemPlace> item_place(Bytes block, u32 slot) {
  const auto item = load_struct<Item>(block, sizeof(Header) + slot * sizeof(Item));
  const u64 end = sizeof(Header) + u64{item.offset} + u64{item.size};
  if (end > block.size()) return std::nullopt;
  return ItemPlace{item.key.decode(), u32{sizeof(Header)} + item.offset, item.size};
}

std::vector<Field> header_fields(const FieldContext& context, Bytes block) {
  FieldList list(context, block, 0);
  StructFields<Header> f(list, 0);
  const Header& header = f.value();
  const ChecksumInfo* info = checksum_info(context.csum_type);
  std::string csum = hex_text(Bytes(header.csum).first(info != nullptr ? info->size : CSUM_SIZE));
  if (info != nullptr)
    csum +=
        checksum_matches(*info, block.subspan(CSUM_SIZE), header.csum) ? " (right)" : " (wrong)";
  list.quiet("csum", csum, 0, info != nullptr ? info->size : CSUM_SIZE);
  f.uuid(&Header::fsid, "fsid");
  f.link(&Header::bytenr, FieldLink::tree_block, "bytenr");
  f.text(&Header::flags, "flags",
         fmt::format("{} backref revision {}", header_flags_text(flags_of(header)),
                     backref_revision(header)));
  f.uuid(&Header::chunk_tree_uuid, "chunk_tree_uuid");
  f.number(&Header::generation, "generation");
  f.linked(f.text(&Header::owner, "owner", objectid_name(header.owner)), FieldLink::tree,
           header.owner);
  f.number(&Header::nritems, "nritems");
  f.number(&Header::level, "level");
  return list.take();
}

std::vector<Field> slot_fields(const FieldContext& context, Bytes block, u32 slot) {
  const Header header = header_of(block);
  const u32 at = entry_offset(header, slot);
  FieldList whole(context, block, 0);
  add_key(whole, at);
  if (header.level > 0) {
    StructFields<KeyPtr> f(whole, at);
    f.link(&KeyPtr::blockptr, FieldLink::tree_block, "blockptr");
    f.number(&KeyPtr::generation, "generation");
    return whole.take();
  }
  StructFields<Item> f(whole, at);
  f.number(&Item::offset, "offset");
  f.number(&Item::size, "size");
  const auto place = item_place(block, slot);
  if (!place) {
    whole.quiet("damaged", "the item lies outside the block", at, sizeof(Item));
    return whole.take();
  }
  std::vector<Field> fields = whole.take();
  FieldList list(context, block.subspan(place->offset, place->size), place->offset);
  decode_item(list, place->key);
  for (Field& field : list.take())
    if (!field.name.empty()) fields.push_back(std::move(field));
  return fields;
}

std::string block_text(const FieldContext& context, Bytes block, u64 logical,
                       std::vector<std::string>& problems) {
  std::string text = header_text(context, block, logical);
  const Header header = header_of(block);
  if (slot_count(block) < header.nritems)
    problems.push_back(fmt::format("block {} has room for {} entries and claims {}", logical,
                                   slot_count(block), header.nritems.value()));
  if (header.level == 0) {
    append_leaf(context, block, text, problems);
    return text;
  }
  for (u32 slot = 0; slot < slot_count(block); ++slot) {
    const auto pointer = load_struct<KeyPtr>(block, entry_offset(header, slot));
    text += fmt::format("\tkey {} block {} gen {}\n", key_text(pointer.key.decode()),
                        pointer.blockptr.value(), pointer.generation.value());
  }
  return text;
}

}  // namespace canopy
