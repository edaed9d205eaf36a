#include "inspect/super_fields.h"

#include <cstring>

#include "checksum/checksum.h"
#include "inspect/item_fields.h"
#include "ondisk/superblock.h"

namespace canopy {
namespace {

constexpr FlagName SUPER_FLAG_NAMES[] = {
    {HEADER_FLAG_WRITTEN, "WRITTEN"},
    {HEADER_FLAG_RELOC, "RELOC"},
    {u64{1} << 35, "CHANGING_FSID"},
    {u64{1} << 36, "CHANGING_FSID_V2"},
    {u64{1} << 32, "SEEDING"},
    {u64{1} << 33, "METADUMP"},
    {u64{1} << 34, "METADUMP_V2"},
    {u64{1} << 38, "CHANGING_BG_TREE"},
    {u64{1} << 39, "CHANGING_DATA_CSUM"},
    {u64{1} << 40, "CHANGING_META_CSUM"},
};
// FEATURE_COMPAT_RO_VERITY is not among those that dump-super names.
constexpr FlagName COMPAT_RO_NAMES[] = {
    {FEATURE_COMPAT_RO_FREE_SPACE_TREE, "FREE_SPACE_TREE"},
    {FEATURE_COMPAT_RO_FREE_SPACE_TREE_VALID, "FREE_SPACE_TREE_VALID"},
    {FEATURE_COMPAT_RO_BLOCK_GROUP_TREE, "BLOCK_GROUP_TREE"},
};
constexpr FlagName INCOMPAT_NAMES[] = {
    {FEATURE_INCOMPAT_MIXED_BACKREF, "MIXED_BACKREF"},
    {FEATURE_INCOMPAT_DEFAULT_SUBVOL, "DEFAULT_SUBVOL"},
    {FEATURE_INCOMPAT_MIXED_GROUPS, "MIXED_GROUPS"},
    {FEATURE_INCOMPAT_COMPRESS_LZO, "COMPRESS_LZO"},
    {FEATURE_INCOMPAT_COMPRESS_ZSTD, "COMPRESS_ZSTD"},
    {FEATURE_INCOMPAT_BIG_METADATA, "BIG_METADATA"},
    {FEATURE_INCOMPAT_EXTENDED_IREF, "EXTENDED_IREF"},
    {FEATURE_INCOMPAT_RAID56, "RAID56"},
    {FEATURE_INCOMPAT_SKINNY_METADATA, "SKINNY_METADATA"},
    {FEATURE_INCOMPAT_NO_HOLES, "NO_HOLES"},
    {FEATURE_INCOMPAT_METADATA_UUID, "METADATA_UUID"},
    {FEATURE_INCOMPAT_RAID1C34, "RAID1C34"},
    {FEATURE_INCOMPAT_ZONED, "ZONED"},
    {FEATURE_INCOMPAT_EXTENT_TREE_V2, "EXTENT_TREE_V2"},
    {FEATURE_INCOMPAT_RAID_STRIPE_TREE, "RAID_STRIPE_TREE"},
    {FEATURE_INCOMPAT_SIMPLE_QUOTA, "SIMPLE_QUOTA"},
};

std::string printable(Bytes bytes) {
  std::string text;
  for (u8 byte : bytes)
    text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
  return text;
}

// Adds the lines of dump-super: a label, tabs up to column 24, a value.
class SuperLines {
 public:
  explicit SuperLines(FieldList& list) : list_(list), f_(list, 0) {}

  const Superblock& super() const { return f_.value(); }

  template <typename T>
  Field& text(T Superblock::* member, const char* name, std::string value,
              const char* label = nullptr) {
    return put(name, std::move(value), f_.at(member), sizeof(T), label);
  }
  template <typename T>
  Field& number(T Superblock::* member, const char* name, const char* label = nullptr) {
    return text(member, name, fmt::to_string(u64{super().*member}), label);
  }
  void block(le64 Superblock::* member, const char* name) {
    StructFields<Superblock>::linked(number(member, name), FieldLink::tree_block, super().*member);
  }
  void flags(le64 Superblock::* member, const char* name, std::span<const FlagName> names) {
    const u64 flags = super().*member;
    const std::string known = flags_text(flags, names);
    Field& field = text(member, name, fmt::format("{:#x}", flags));
    if (flags == 0) return;
    field.value += fmt::format(" ({})", known);
    field.dump += flag_lines(flags, names);
  }
  template <typename T>
  Field& device(T DevItem::* member, const char* name, std::string value) {
    const u32 at = f_.at(&Superblock::dev_item) + offset_in_device(member);
    return put(name, std::move(value), at, sizeof(T), name);
  }
  template <typename T>
  void device_number(T DevItem::* member, const char* name) {
    device(member, name, fmt::to_string(u64{super().dev_item.*member}));
  }

 private:
  Field& put(const char* name, std::string value, u32 at, u32 size, const char* label) {
    const std::string_view shown = label != nullptr ? label : name;
    const std::size_t tabs = shown.size() < 16 ? 3 - shown.size() / 8 : 1;
    list_.line(0);
    std::string dump = fmt::format("{}{}{}", shown, std::string(tabs, '\t'), value);
    return list_.add(name, std::move(value), at, size, std::move(dump));
  }
  template <typename T>
  u32 offset_in_device(T DevItem::* member) const {
    const DevItem& item = super().dev_item;
    return static_cast<u32>(reinterpret_cast<const u8*>(&(item.*member)) -
                            reinterpret_cast<const u8*>(&item));
  }
  static std::string flag_lines(u64 flags, std::span<const FlagName> names) {
    std::string lines = "\n\t\t\t( ";
    bool first = true;
    const auto add = [&](const std::string& name) {
      lines += fmt::format("{}{} ", first ? "" : "|\n\t\t\t  ", name);
      first = false;
    };
    for (const FlagName& entry : names) {
      if ((flags & entry.flag) != 0) add(entry.name);
      flags &= ~entry.flag;
    }
    if (flags != 0) add(fmt::format("unknown flag: {:#x}", flags));
    return lines + ")";
  }

  FieldList& list_;
  StructFields<Superblock> f_;
};

void add_identity(SuperLines& lines, Bytes bytes) {
  using S = Superblock;
  const S& super = lines.super();
  const ChecksumInfo* info = checksum_info(super.csum_type);
  const u32 size = info != nullptr ? info->size : CSUM_SIZE;
  lines.text(&S::csum_type, "csum_type",
             fmt::format("{} ({})", super.csum_type.value(),
                         info != nullptr ? info->name : std::string_view("INVALID")));
  Field& csum_size = lines.text(&S::csum_type, "csum_size", fmt::to_string(size));
  csum_size.size = 0;
  const char* verdict = info == nullptr ? "[UNKNOWN CSUM TYPE OR SIZE]"
                        : checksum_matches(*info, bytes.subspan(CSUM_SIZE), super.csum)
                            ? "[match]"
                            : "[DON'T MATCH]";
  Field& csum = lines.text(
      &S::csum, "csum", fmt::format("0x{} {}", hex_text(Bytes(super.csum).first(size)), verdict));
  csum.size = size;
  lines.number(&S::bytenr, "bytenr");
  lines.flags(&S::flags, "flags", SUPER_FLAG_NAMES);
  lines.text(&S::magic, "magic",
             fmt::format("{} {}", printable(as_bytes(super.magic)),
                         super.magic == SUPER_MAGIC ? "[match]" : "[DON'T MATCH]"));
  lines.text(&S::fsid, "fsid", uuid_field_text(super.fsid));
  lines.text(&S::metadata_uuid, "metadata_uuid", uuid_field_text(super.metadata_uuid));
  const void* end = std::memchr(super.label, 0, LABEL_SIZE);
  const auto length = end == nullptr
                          ? std::size_t{LABEL_SIZE}
                          : static_cast<std::size_t>(static_cast<const u8*>(end) - super.label);
  lines.text(&S::label, "label", printable(Bytes(super.label).first(length)));
}

void add_roots(SuperLines& lines) {
  using S = Superblock;
  lines.number(&S::generation, "generation");
  lines.block(&S::root, "root");
  lines.number(&S::sys_chunk_array_size, "sys_chunk_array_size", "sys_array_size");
  lines.number(&S::chunk_root_generation, "chunk_root_generation");
  lines.number(&S::root_level, "root_level");
  lines.block(&S::chunk_root, "chunk_root");
  lines.number(&S::chunk_root_level, "chunk_root_level");
  if (lines.super().log_root != 0)
    lines.block(&S::log_root, "log_root");
  else
    lines.number(&S::log_root, "log_root");
  lines.number(&S::unused_log_root_transid, "log_root_transid", "log_root_transid (deprecated)");
  lines.number(&S::log_root_level, "log_root_level");
  lines.number(&S::total_bytes, "total_bytes");
  lines.number(&S::bytes_used, "bytes_used");
  lines.number(&S::sectorsize, "sectorsize");
  lines.number(&S::nodesize, "nodesize");
  lines.number(&S::unused_leafsize, "leafsize", "leafsize (deprecated)");
  lines.number(&S::stripesize, "stripesize");
  lines.number(&S::root_dir_objectid, "root_dir_objectid", "root_dir");
  lines.number(&S::num_devices, "num_devices");
  lines.text(&S::compat_flags, "compat_flags",
             fmt::format("{:#x}", lines.super().compat_flags.value()));
  lines.flags(&S::compat_ro_flags, "compat_ro_flags", COMPAT_RO_NAMES);
  lines.flags(&S::incompat_flags, "incompat_flags", INCOMPAT_NAMES);
  lines.number(&S::cache_generation, "cache_generation");
  lines.number(&S::uuid_tree_generation, "uuid_tree_generation");
}

void add_device(SuperLines& lines) {
  const Superblock& super = lines.super();
  const DevItem& item = super.dev_item;
  const bool own = (super.incompat_flags & FEATURE_INCOMPAT_METADATA_UUID) != 0;
  const bool match = std::memcmp(item.fsid, own ? super.metadata_uuid : super.fsid, 16) == 0;
  lines.device(&DevItem::uuid, "dev_item.uuid", uuid_field_text(item.uuid));
  lines.device(
      &DevItem::fsid, "dev_item.fsid",
      fmt::format("{} {}", uuid_field_text(item.fsid), match ? "[match]" : "[DON'T MATCH]"));
  lines.device_number(&DevItem::type, "dev_item.type");
  lines.device_number(&DevItem::total_bytes, "dev_item.total_bytes");
  lines.device_number(&DevItem::bytes_used, "dev_item.bytes_used");
  lines.device_number(&DevItem::io_align, "dev_item.io_align");
  lines.device_number(&DevItem::io_width, "dev_item.io_width");
  lines.device_number(&DevItem::sector_size, "dev_item.sector_size");
  lines.device_number(&DevItem::devid, "dev_item.devid");
  lines.device_number(&DevItem::dev_group, "dev_item.dev_group");
  lines.device_number(&DevItem::seek_speed, "dev_item.seek_speed");
  lines.device_number(&DevItem::bandwidth, "dev_item.bandwidth");
  lines.device_number(&DevItem::generation, "dev_item.generation");
}

void add_system_chunks(FieldList& list, const Superblock& super) {
  constexpr u32 start = offsetof(Superblock, sys_chunk_array);
  list.line(0);
  list.words(fmt::format("sys_chunk_array[{}]:", SYSTEM_CHUNK_ARRAY_SIZE));
  if (super.sys_chunk_array_size > SYSTEM_CHUNK_ARRAY_SIZE) return;
  const u32 end = start + super.sys_chunk_array_size;
  for (u32 at = start, number = 0; at + u32{sizeof(DiskKey) + sizeof(Chunk)} <= end; ++number) {
    const Key key = list.load<DiskKey>(at).decode();
    list.line(1);
    list.open(fmt::format("sys_chunk_array[{}]", number), at, sizeof(DiskKey) + sizeof(Chunk));
    list.add("key", key_text(key), at, sizeof(DiskKey),
             fmt::format("item {} key {}", number, key_text(key)));
    at += u32{sizeof(DiskKey)};
    const u32 size = key.type == CHUNK_ITEM_KEY ? decode_chunk(list, at) : 0;
    list.close();
    if (size == 0) return;
    at += size;
  }
}

void add_backup(FieldList& list, u32 number) {
  using Backup = RootBackup;
  const u32 at = u32{offsetof(Superblock, super_roots)} + number * u32{sizeof(RootBackup)};
  StructFields<Backup> f(list, at);
  const Backup& backup = f.value();
  if (backup.tree_root == 0 && backup.tree_root_gen == 0) return;
  list.line(1);
  list.words(fmt::format("backup {}:", number));
  list.open(fmt::format("super_roots[{}]", number), at, sizeof(Backup));
  const auto root = [&](le64 Backup::* bytenr, le64 Backup::* gen, u8 Backup::* level,
                        const char* name, const char* label) {
    const u64 address = backup.*bytenr;
    list.line(2);
    Field& field = f.custom(bytenr, name, fmt::to_string(address),
                            fmt::format("{}{}\tgen: {}\tlevel: {}", label, address,
                                        (backup.*gen).value(), backup.*level));
    f.linked(field, FieldLink::tree_block, address);
    f.quiet(gen, "generation");
    f.quiet(level, "level");
  };
  root(&Backup::tree_root, &Backup::tree_root_gen, &Backup::tree_root_level, "tree_root",
       "backup_tree_root:\t");
  root(&Backup::chunk_root, &Backup::chunk_root_gen, &Backup::chunk_root_level, "chunk_root",
       "backup_chunk_root:\t");
  root(&Backup::extent_root, &Backup::extent_root_gen, &Backup::extent_root_level, "extent_root",
       "backup_extent_root:\t");
  root(&Backup::fs_root, &Backup::fs_root_gen, &Backup::fs_root_level, "fs_root",
       "backup_fs_root:\t\t");
  root(&Backup::dev_root, &Backup::dev_root_gen, &Backup::dev_root_level, "dev_root",
       "backup_dev_root:\t");
  root(&Backup::csum_root, &Backup::csum_root_gen, &Backup::csum_root_level, "csum_root",
       "csum_root:\t");
  const auto total = [&](le64 Backup::* member, const char* name) {
    list.line(2);
    f.custom(member, name, fmt::to_string((backup.*member).value()),
             fmt::format("backup_{}:\t{}", name, (backup.*member).value()));
  };
  total(&Backup::total_bytes, "total_bytes");
  total(&Backup::bytes_used, "bytes_used");
  total(&Backup::num_devices, "num_devices");
  list.line(0);
  list.close();
}

void decode_super(FieldList& list, bool full) {
  SuperLines lines(list);
  add_identity(lines, list.item());
  add_roots(lines);
  add_device(lines);
  if (!full) return;
  add_system_chunks(list, lines.super());
  list.line(0);
  list.words(fmt::format("backup_roots[{}]:", NUM_BACKUP_ROOTS));
  for (u32 number = 0; number < NUM_BACKUP_ROOTS; ++number)
    add_backup(list, number);
}

}  // namespace

std::vector<Field> super_fields(Bytes super) {
  const FieldContext context;
  FieldList list(context, super, 0);
  decode_super(list, true);
  std::vector<Field> fields;
  for (Field& field : list.take())
    if (!field.name.empty()) fields.push_back(std::move(field));
  return fields;
}

std::string super_text(Bytes super, bool full) {
  const FieldContext context;
  FieldList list(context, super, 0);
  decode_super(list, full);
  std::string text;
  list.append_dump(text);
  return text;
}

}  // namespace canopy
