// Chunks, their block groups, their dev extents and the devices: each says the same of the others.

#include <map>

#include "check/tree_scan.h"

namespace canopy {
namespace {

class Chunks {
 public:
  explicit Chunks(CheckContext& context) : context_(context) {}

  Result<void> run() {
    TRY(read_dev_extents());
    TRY(read_dev_items());
    TRY(read_block_groups());
    for (const auto& chunk : context_.volume().chunks().all()) {
      TRY(context_.advance(0));
      check_chunk(*chunk);
    }
    report_rest();
    return {};
  }

 private:
  struct DevExtentPlace {
    u64 devid;
    u64 physical;
    friend auto operator<=>(const DevExtentPlace&, const DevExtentPlace&) = default;
  };
  struct DevExtentSays {
    u64 chunk;
    u64 length;
  };
  struct Group {
    u64 length;
    BlockGroupItem item;
    u64 tree;
    Key key;
  };

  Result<void> read_dev_extents() {
    const CheckedTree* tree = context_.tree(DEV_TREE_OBJECTID);
    if (tree == nullptr) {
      dev_tree_complete_ = false;
      return {};
    }
    TreeScan scan(context_, *tree);
    while (TRY(scan.next())) {
      const Key& key = scan.key();
      if (key.type != DEV_EXTENT_KEY) continue;
      const auto extent = load_struct<DevExtent>(scan.item());
      dev_extents_[{key.objectid, key.offset}] = {extent.chunk_offset, extent.length};
      bytes_used_[key.objectid] += extent.length;
    }
    dev_tree_complete_ = scan.complete();
    return {};
  }

  Result<void> read_dev_items() {
    const CheckedTree* tree = context_.tree(CHUNK_TREE_OBJECTID);
    if (tree == nullptr) return {};
    u64 devices = 0;
    u64 total_bytes = 0;
    TreeScan scan(context_, *tree);
    while (TRY(scan.next())) {
      if (scan.key().type != DEV_ITEM_KEY) continue;
      const auto item = load_struct<DevItem>(scan.item());
      ++devices;
      total_bytes += item.total_bytes;
      check_device(scan.key(), scan.leaf().start(), item);
    }
    if (!scan.complete()) return {};
    const Superblock& super = context_.super();
    if (super.num_devices != devices)
      context_.error(Problem::device, {}, "the superblock counts {} devices, the chunk tree {}",
                     super.num_devices.value(), devices);
    // The kernel refuses devices that have less than the superblock says, and mends the rest.
    if (super.total_bytes < total_bytes)
      context_.error(Problem::device, {}, "the superblock counts {} bytes, the devices have {}",
                     super.total_bytes.value(), total_bytes);
    return {};
  }

  void check_device(const Key& key, u64 leaf, const DevItem& item) {
    const CheckContext::Place place{leaf, CHUNK_TREE_OBJECTID, key};
    const u64 used = bytes_used_[item.devid];
    if (dev_tree_complete_ && item.bytes_used != used)
      context_.error(Problem::device, place, "{} bytes used, but its dev extents have {}",
                     item.bytes_used.value(), used);
    const DevItem& own = context_.super().dev_item;
    if (own.devid == item.devid &&
        (own.bytes_used != item.bytes_used || own.total_bytes != item.total_bytes))
      context_.error(Problem::device, place,
                     "{} of {} bytes used, but the superblock says {} of {}",
                     item.bytes_used.value(), item.total_bytes.value(), own.bytes_used.value(),
                     own.total_bytes.value());
    for (auto extent = dev_extents_.lower_bound({item.devid, 0});
         extent != dev_extents_.end() && extent->first.devid == item.devid; ++extent) {
      const u64 physical = extent->first.physical;
      if (physical > item.total_bytes || extent->second.length > item.total_bytes - physical)
        context_.error(Problem::device, place, "the dev extent at {} passes the end of the device",
                       physical);
    }
  }

  Result<void> read_block_groups() {
    const CheckedTree* tree = context_.tree(BLOCK_GROUP_TREE_OBJECTID);
    if (tree == nullptr) tree = context_.tree(EXTENT_TREE_OBJECTID);
    if (tree == nullptr) {
      groups_complete_ = false;
      return {};
    }
    TreeScan scan(context_, *tree);
    while (TRY(scan.next())) {
      const Key& key = scan.key();
      if (key.type != BLOCK_GROUP_ITEM_KEY) continue;
      groups_[key.objectid] = {key.offset, load_struct<BlockGroupItem>(scan.item()),
                               tree->root.tree, key};
    }
    groups_complete_ = scan.complete();
    return {};
  }

  void check_chunk(const ChunkMapping& chunk) {
    const CheckContext::Place place{chunk.logical, CHUNK_TREE_OBJECTID};
    for (const ChunkStripe& stripe : chunk.stripes)
      check_stripe(chunk, stripe);
    auto group = groups_.find(chunk.logical);
    if (group == groups_.end()) {
      if (groups_complete_) context_.error(Problem::chunk, place, "the chunk has no block group");
      return;
    }
    const Group& says = group->second;
    const CheckContext::Place group_place{chunk.logical, says.tree, says.key};
    if (says.length != chunk.length || says.item.flags != chunk.type)
      context_.error(Problem::block_group, group_place,
                     "{} bytes of {}, but the chunk has {} bytes of {}", says.length,
                     block_group_flags_text(says.item.flags), chunk.length,
                     block_group_flags_text(chunk.type));
    bytes_used_of_groups_ += says.item.used;
    const u64 used = context_.groups[chunk.logical].used;
    if (context_.extents_complete && says.item.used != used)
      context_.error(Problem::block_group, group_place, "{} bytes used, but extents cover {}",
                     says.item.used.value(), used);
    groups_.erase(group);
  }

  void check_stripe(const ChunkMapping& chunk, const ChunkStripe& stripe) {
    const CheckContext::Place place{chunk.logical, DEV_TREE_OBJECTID,
                                    Key{stripe.devid, DEV_EXTENT_KEY, stripe.physical}};
    auto extent = dev_extents_.find({stripe.devid, stripe.physical});
    if (extent == dev_extents_.end()) {
      if (dev_tree_complete_)
        context_.error(Problem::chunk, place, "a stripe of the chunk has no dev extent");
      return;
    }
    if (extent->second.chunk != chunk.logical || extent->second.length != chunk.stripe_length())
      context_.error(Problem::chunk, place,
                     "the dev extent is of {} bytes of chunk {}, the stripe is {} bytes long",
                     extent->second.length, extent->second.chunk, chunk.stripe_length());
    dev_extents_.erase(extent);
  }

  void report_rest() {
    for (const auto& [place, says] : dev_extents_)
      context_.error(
          Problem::device,
          {says.chunk, DEV_TREE_OBJECTID, Key{place.devid, DEV_EXTENT_KEY, place.physical}},
          "the dev extent belongs to no stripe of a chunk");
    for (const auto& [start, group] : groups_)
      context_.error(Problem::block_group, {start, group.tree, group.key},
                     "the block group has no chunk");
    if (groups_complete_ && context_.super().bytes_used != bytes_used_of_groups_)
      context_.error(Problem::superblock, {}, "says {} bytes are used, block groups say {}",
                     context_.super().bytes_used.value(), bytes_used_of_groups_);
  }

  CheckContext& context_;
  std::map<DevExtentPlace, DevExtentSays> dev_extents_;
  std::map<u64, u64> bytes_used_;
  std::map<u64, Group> groups_;
  u64 bytes_used_of_groups_ = 0;
  bool dev_tree_complete_ = true;
  bool groups_complete_ = true;
};

}  // namespace

Result<void> check_chunks(CheckContext& context) { return Chunks(context).run(); }

}  // namespace canopy
