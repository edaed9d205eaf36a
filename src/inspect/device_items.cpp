// Items of chunks, devices, block groups and free space, and of what is going on with them.

#include "inspect/item_fields.h"
#include "ondisk/chunk.h"
#include "ondisk/free_space.h"
#include "ondisk/persistent_items.h"

namespace canopy {
namespace {

constexpr FlagName PROFILE_NAMES[] = {
    {BLOCK_GROUP_RAID0, "RAID0"},     {BLOCK_GROUP_RAID1, "RAID1"},
    {BLOCK_GROUP_DUP, "DUP"},         {BLOCK_GROUP_RAID10, "RAID10"},
    {BLOCK_GROUP_RAID5, "RAID5"},     {BLOCK_GROUP_RAID6, "RAID6"},
    {BLOCK_GROUP_RAID1C3, "RAID1C3"}, {BLOCK_GROUP_RAID1C4, "RAID1C4"},
};

void decode_device(FieldList& list) {
  StructFields<DevItem> f(list, 0);
  list.line();
  f.link(&DevItem::devid, FieldLink::device, "devid");
  f.number(&DevItem::total_bytes, "total_bytes");
  f.number(&DevItem::bytes_used, "bytes_used");
  list.line();
  f.number(&DevItem::io_align, "io_align");
  f.number(&DevItem::io_width, "io_width");
  f.number(&DevItem::sector_size, "sector_size");
  f.number(&DevItem::type, "type");
  list.line();
  f.number(&DevItem::generation, "generation");
  f.number(&DevItem::start_offset, "start_offset");
  f.number(&DevItem::dev_group, "dev_group");
  list.line();
  f.number(&DevItem::seek_speed, "seek_speed");
  f.number(&DevItem::bandwidth, "bandwidth");
  list.line();
  f.uuid(&DevItem::uuid, "uuid");
  list.line();
  f.uuid(&DevItem::fsid, "fsid");
}

void decode_dev_extent(FieldList& list) {
  StructFields<DevExtent> f(list, 0);
  list.line();
  list.words("dev extent");
  f.link(&DevExtent::chunk_tree, FieldLink::tree, "chunk_tree");
  list.line();
  f.number(&DevExtent::chunk_objectid, "chunk_objectid");
  f.link(&DevExtent::chunk_offset, FieldLink::chunk, "chunk_offset");
  f.number(&DevExtent::length, "length");
  list.line();
  f.uuid(&DevExtent::chunk_tree_uuid, "chunk_tree_uuid");
}

void decode_block_group(FieldList& list) {
  StructFields<BlockGroupItem> f(list, 0);
  list.line();
  list.words("block group");
  f.number(&BlockGroupItem::used, "used");
  f.number(&BlockGroupItem::chunk_objectid, "chunk_objectid");
  f.text(&BlockGroupItem::flags, "flags", block_group_type_text(f.value().flags));
}

void decode_balance_args(FieldList& list, const char* name, u32 at) {
  using Args = DiskBalanceArgs;
  list.line();
  list.words(name);
  list.open(name, at, sizeof(Args));
  StructFields<Args> f(list, at);
  list.line();
  f.number(&Args::profiles, "profiles");
  f.number(&Args::devid, "devid");
  f.number(&Args::target, "target");
  f.number(&Args::flags, "flags");
  list.line();
  f.number(&Args::usage_min, "usage_min");
  f.number(&Args::usage_max, "usage_max");
  f.number(&Args::pstart, "pstart");
  f.number(&Args::pend, "pend");
  list.line();
  f.number(&Args::vstart, "vstart");
  f.number(&Args::vend, "vend");
  f.number(&Args::limit_min, "limit_min");
  f.number(&Args::limit_max, "limit_max");
  list.line();
  f.number(&Args::stripes_min, "stripes_min");
  f.number(&Args::stripes_max, "stripes_max");
  list.close();
}

void decode_temporary(FieldList& list, const Key& key) {
  list.line();
  list.words(fmt::format("temporary item objectid {} offset {}",
                         objectid_name(key.objectid, key.type), key.offset));
  if (key.objectid != BALANCE_OBJECTID) {
    list.line();
    list.words(fmt::format("unknown temporary item objectid {}", key.objectid));
    return;
  }
  StructFields<BalanceItem> f(list, 0);
  list.line();
  list.words("balance status");
  f.number(&BalanceItem::flags, "flags");
  decode_balance_args(list, "DATA", offsetof(BalanceItem, data));
  decode_balance_args(list, "METADATA", offsetof(BalanceItem, meta));
  decode_balance_args(list, "SYSTEM", offsetof(BalanceItem, sys));
}

void decode_persistent(FieldList& list, const Key& key) {
  list.line();
  list.words(fmt::format("persistent item objectid {} offset {}",
                         objectid_name(key.objectid, key.type), key.offset));
  list.line();
  if (key.objectid != DEV_STATS_OBJECTID) {
    list.words(fmt::format("unknown persistent item objectid {}", key.objectid));
    return;
  }
  StructFields<DevStatsItem> f(list, 0);
  list.words("device stats");
  list.line();
  f.number(&DevStatsItem::write_errs, "write_errs");
  f.number(&DevStatsItem::read_errs, "read_errs");
  f.number(&DevStatsItem::flush_errs, "flush_errs");
  f.number(&DevStatsItem::corruption_errs, "corruption_errs");
  f.number(&DevStatsItem::generation_errs, "generation_errs", "generation");
}

std::string replace_mode_text(u64 mode) {
  return mode == 0 ? "ALWAYS" : mode == 1 ? "AVOID" : fmt::format("unknown({})", mode);
}

std::string replace_state_text(u64 state) {
  static constexpr const char* names[] = {"NEVER_STARTED", "STARTED", "FINISHED", "CANCELED",
                                          "SUSPENDED"};
  return state < std::size(names) ? names[state] : fmt::format("unknown({})", state);
}

void decode_replace(FieldList& list) {
  using Replace = DevReplaceItem;
  StructFields<Replace> f(list, 0);
  const Replace& item = f.value();
  list.line();
  f.text(&Replace::src_devid, "src_devid", fmt::to_string(static_cast<i64>(item.src_devid.value())),
         "src devid");
  f.number(&Replace::cursor_left, "cursor_left", "cursor left");
  f.number(&Replace::cursor_right, "cursor_right", "cursor right");
  f.text(&Replace::cont_reading_from_srcdev_mode, "cont_reading_from_srcdev_mode",
         replace_mode_text(item.cont_reading_from_srcdev_mode), "mode");
  list.line();
  f.text(&Replace::replace_state, "replace_state", replace_state_text(item.replace_state), "state");
  f.number(&Replace::num_write_errors, "num_write_errors", "write errors");
  f.number(&Replace::num_uncorrectable_read_errors, "num_uncorrectable_read_errors",
           "uncorrectable read errors");
  const auto time = [](u64 seconds) {
    return fmt::format("{} ({})", seconds, seconds_text(seconds));
  };
  list.line();
  f.text(&Replace::time_started, "time_started", time(item.time_started), "start time");
  list.line();
  // btrfs-progs 6.14 prints the time of the start here as well, and we print what it prints.
  f.custom(&Replace::time_stopped, "time_stopped", time(item.time_stopped),
           "stop time " + time(item.time_started));
}

void decode_strides(FieldList& list) {
  for (u32 at = 0, number = 0; at + sizeof(RaidStride) <= list.size(); ++number) {
    StructFields<RaidStride> f(list, at);
    list.line(3);
    list.open(fmt::format("stripe {}", number), at, sizeof(RaidStride));
    list.words(fmt::format("stripe {}", number));
    f.link(&RaidStride::devid, FieldLink::device, "devid");
    f.number(&RaidStride::physical, "physical");
    list.close();
    at += u32{sizeof(RaidStride)};
  }
}

}  // namespace

std::string block_group_type_text(u64 flags) {
  static constexpr FlagName types[] = {
      {BLOCK_GROUP_DATA, "DATA"},
      {BLOCK_GROUP_METADATA, "METADATA"},
      {BLOCK_GROUP_SYSTEM, "SYSTEM"},
  };
  std::string text = flags_text(flags & BLOCK_GROUP_TYPE_MASK, types);
  const u64 profile = flags & BLOCK_GROUP_PROFILE_MASK;
  if (profile == 0) return text + "|single";
  if ((profile & (profile - 1)) != 0) return text + fmt::format("|UNKNOWN.{:#x}", profile);
  return text + '|' + flags_text(profile, PROFILE_NAMES);
}

u32 decode_chunk(FieldList& list, u32 at) {
  StructFields<Chunk> f(list, at);
  const u32 stripes = f.value().num_stripes;
  const u32 size = u32{sizeof(Chunk)} + stripes * u32{sizeof(Stripe)};
  if (stripes < 1) {
    list.line(0);
    list.words(fmt::format("invalid num_stripes: {}", stripes));
    return 0;
  }
  if (at + u64{size} > list.size()) {
    list.slice(at, size);
    list.line();
    list.words("chunk item invalid");
    return 0;
  }
  list.line();
  f.number(&Chunk::length, "length");
  f.link(&Chunk::owner, FieldLink::tree, "owner");
  f.number(&Chunk::stripe_len, "stripe_len");
  f.text(&Chunk::type, "type", block_group_type_text(f.value().type));
  list.line();
  f.number(&Chunk::io_align, "io_align");
  f.number(&Chunk::io_width, "io_width");
  f.number(&Chunk::sector_size, "sector_size");
  list.line();
  f.number(&Chunk::num_stripes, "num_stripes");
  f.number(&Chunk::sub_stripes, "sub_stripes");
  for (u32 i = 0; i < stripes; ++i) {
    const u32 stripe_at = at + u32{sizeof(Chunk)} + i * u32{sizeof(Stripe)};
    StructFields<Stripe> stripe(list, stripe_at);
    list.line(3);
    list.open(fmt::format("stripe {}", i), stripe_at, sizeof(Stripe));
    list.words(fmt::format("stripe {}", i));
    stripe.link(&Stripe::devid, FieldLink::device, "devid");
    stripe.number(&Stripe::offset, "offset");
    list.line(3);
    stripe.uuid(&Stripe::dev_uuid, "dev_uuid");
    list.close();
  }
  return size;
}

bool decode_device_item(FieldList& list, const Key& key) {
  switch (key.type) {
    case CHUNK_ITEM_KEY:
      decode_chunk(list, 0);
      return true;
    case DEV_ITEM_KEY:
      decode_device(list);
      return true;
    case DEV_EXTENT_KEY:
      decode_dev_extent(list);
      return true;
    case BLOCK_GROUP_ITEM_KEY:
      decode_block_group(list);
      return true;
    case FREE_SPACE_INFO_KEY: {
      StructFields<FreeSpaceInfo> f(list, 0);
      list.line();
      list.words("free space info");
      f.number(&FreeSpaceInfo::extent_count, "extent_count", "extent count");
      f.number(&FreeSpaceInfo::flags, "flags");
      return true;
    }
    case TEMPORARY_ITEM_KEY:
      decode_temporary(list, key);
      return true;
    case PERSISTENT_ITEM_KEY:
      decode_persistent(list, key);
      return true;
    case DEV_REPLACE_KEY:
      decode_replace(list);
      return true;
    case RAID_STRIPE_KEY:
      decode_strides(list);
      return true;
    default:
      return false;
  }
}

}  // namespace canopy
