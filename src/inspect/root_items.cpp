// Items of the root tree, the UUID tree and the quota tree.

#include "inspect/item_fields.h"
#include "ondisk/free_space.h"
#include "ondisk/quota.h"
#include "ondisk/root_item.h"

namespace canopy {
namespace {

void decode_root(FieldList& list) {
  StructFields<RootItem> f(list, 0);
  const RootItem& root = f.value();
  list.line();
  f.number(&RootItem::generation, "generation");
  f.number(&RootItem::root_dirid, "root_dirid");
  f.link(&RootItem::bytenr, FieldLink::tree_block, "bytenr");
  f.number(&RootItem::byte_limit, "byte_limit");
  f.number(&RootItem::bytes_used, "bytes_used");
  list.line();
  f.number(&RootItem::last_snapshot, "last_snapshot");
  f.text(&RootItem::flags, "flags",
         fmt::format("{:#x}({})", root.flags.value(),
                     (root.flags & ROOT_SUBVOL_RDONLY) != 0 ? "RDONLY" : "none"));
  f.number(&RootItem::refs, "refs");
  list.line();
  f.key(&RootItem::drop_progress, "drop_progress", "drop_progress");
  f.number(&RootItem::drop_level, "drop_level");
  list.line();
  f.number(&RootItem::level, "level");
  f.number(&RootItem::generation_v2, "generation_v2");
  // An old kernel leaves the rest behind.
  if (root.generation != root.generation_v2) return;
  list.line();
  f.uuid(&RootItem::uuid, "uuid");
  list.line();
  f.uuid(&RootItem::parent_uuid, "parent_uuid");
  list.line();
  f.uuid(&RootItem::received_uuid, "received_uuid");
  list.line();
  f.number(&RootItem::ctransid, "ctransid");
  f.number(&RootItem::otransid, "otransid");
  f.number(&RootItem::stransid, "stransid");
  f.number(&RootItem::rtransid, "rtransid");
  list.line();
  f.time(&RootItem::ctime, "ctime");
  list.line();
  f.time(&RootItem::otime, "otime");
  list.line();
  f.time(&RootItem::stime, "stime");
  list.line();
  f.time(&RootItem::rtime, "rtime");
}

void decode_root_ref(FieldList& list, const Key& key) {
  StructFields<RootRef> f(list, 0);
  list.line();
  list.words(key.type == ROOT_REF_KEY ? "root ref key" : "root backref key");
  f.link(&RootRef::dirid, FieldLink::inode, "dirid");
  f.number(&RootRef::sequence, "sequence");
  const Bytes bytes = list.slice(sizeof(RootRef), f.value().name_len);
  const std::string_view name = as_text(bytes);
  f.quiet(&RootRef::name_len, "name_len");
  list.add("name", std::string(name), sizeof(RootRef), f.value().name_len,
           fmt::format("name {}", name.substr(0, name.find('\0'))));
}

void decode_free_space_header(FieldList& list) {
  StructFields<FreeSpaceHeader> f(list, 0);
  list.line();
  f.key(&FreeSpaceHeader::location, "location", "location");
  list.line();
  list.words("cache");
  f.number(&FreeSpaceHeader::generation, "generation");
  f.number(&FreeSpaceHeader::num_entries, "num_entries", "entries");
  f.number(&FreeSpaceHeader::num_bitmaps, "num_bitmaps", "bitmaps");
}

std::string quota_flags_text(u64 flags) {
  std::string text = (flags & QGROUP_STATUS_FLAG_ON) != 0 ? "ON" : "OFF";
  if ((flags & QGROUP_STATUS_FLAG_SIMPLE_MODE) != 0) text += "|SIMPLE_MODE";
  if ((flags & QGROUP_STATUS_FLAG_RESCAN) != 0) text += "|SCANNING";
  if ((flags & QGROUP_STATUS_FLAG_INCONSISTENT) != 0) text += "|INCONSISTENT";
  const u64 unknown =
      flags & ~u64{QGROUP_STATUS_FLAG_ON | QGROUP_STATUS_FLAG_RESCAN |
                   QGROUP_STATUS_FLAG_INCONSISTENT | QGROUP_STATUS_FLAG_SIMPLE_MODE};
  if (unknown != 0) text += fmt::format("|UNKNOWN({:#x})", unknown);
  return text;
}

void decode_quota_status(FieldList& list) {
  list.line();
  // enable_gen is there with simple quotas only.
  StructFields<QgroupStatusItem> f(list, 0);
  f.number(&QgroupStatusItem::version, "version");
  f.number(&QgroupStatusItem::generation, "generation");
  f.text(&QgroupStatusItem::flags, "flags", quota_flags_text(f.value().flags));
  f.number(&QgroupStatusItem::rescan, "rescan", "scan");
  if (list.context().simple_quota) f.number(&QgroupStatusItem::enable_gen, "enable_gen");
}

void decode_quota_info(FieldList& list) {
  StructFields<QgroupInfoItem> f(list, 0);
  list.line();
  f.number(&QgroupInfoItem::generation, "generation");
  list.line();
  f.number(&QgroupInfoItem::rfer, "rfer", "referenced");
  f.number(&QgroupInfoItem::rfer_cmpr, "rfer_cmpr", "referenced_compressed");
  list.line();
  f.number(&QgroupInfoItem::excl, "excl", "exclusive");
  f.number(&QgroupInfoItem::excl_cmpr, "excl_cmpr", "exclusive_compressed");
}

void decode_quota_limit(FieldList& list) {
  StructFields<QgroupLimitItem> f(list, 0);
  // Printed as signed numbers: -1 is no limit.
  const auto limit = [&](le64 QgroupLimitItem::* member, const char* name, const char* label) {
    f.text(member, name, fmt::to_string(static_cast<i64>((f.value().*member).value())), label);
  };
  list.line();
  f.text(&QgroupLimitItem::flags, "flags", fmt::format("{:x}", f.value().flags.value()));
  list.line();
  limit(&QgroupLimitItem::max_rfer, "max_rfer", "max_referenced");
  limit(&QgroupLimitItem::max_excl, "max_excl", "max_exclusive");
  list.line();
  limit(&QgroupLimitItem::rsv_rfer, "rsv_rfer", "rsv_referenced");
  limit(&QgroupLimitItem::rsv_excl, "rsv_excl", "rsv_exclusive");
}

void decode_uuid(FieldList& list) {
  if (list.size() % sizeof(u64) != 0) {
    list.slice(0, list.size() + 1);
    return;
  }
  for (u32 at = 0; at < list.size(); at += u32{sizeof(u64)}) {
    const u64 id = list.load<le64>(at);
    list.line();
    StructFields<RootRef>::linked(
        list.add("subvol_id", fmt::to_string(id), at, sizeof(u64), fmt::format("subvol_id {}", id)),
        FieldLink::tree, id);
  }
}

}  // namespace

bool decode_root_item(FieldList& list, const Key& key) {
  switch (key.type) {
    case 0:
      if (key.objectid != FREE_SPACE_OBJECTID) return false;
      decode_free_space_header(list);
      return true;
    case ROOT_ITEM_KEY:
      decode_root(list);
      return true;
    case ROOT_REF_KEY:
    case ROOT_BACKREF_KEY:
      decode_root_ref(list, key);
      return true;
    case QGROUP_STATUS_KEY:
      decode_quota_status(list);
      return true;
    case QGROUP_INFO_KEY:
      decode_quota_info(list);
      return true;
    case QGROUP_LIMIT_KEY:
      decode_quota_limit(list);
      return true;
    case UUID_KEY_SUBVOL:
    case UUID_KEY_RECEIVED_SUBVOL:
      decode_uuid(list);
      return true;
    case STRING_ITEM_KEY: {
      const std::string text(as_text(list.item()));
      list.line();
      list.add("data", text, 0, list.size(), fmt::format("item data {}", text));
      return true;
    }
    default:
      return false;
  }
}

}  // namespace canopy
