// Superblocks, their copies on all devices, and the root items: what everything else starts from.

#include <algorithm>
#include <cstring>
#include <set>

#include "check/check_context.h"
#include "check/tree_scan.h"
#include "volume/superblock.h"

namespace canopy {
namespace {

class Superblocks {
 public:
  explicit Superblocks(CheckContext& context) : context_(context), super_(context.super()) {}

  void check_copies() {
    for (const auto& [devid, device] : context_.volume().devices())
      check_device(devid, *device);
  }

  // The chunk tree can only be read through the SYSTEM chunks that the superblock carries.
  void check_system_chunks() {
    auto carried = system_chunks(super_);
    if (!carried.ok()) {
      context_.error(Problem::superblock, {}, "{}", carried.error().to_string());
      return;
    }
    std::set<u64> starts;
    for (const ChunkMapping& chunk : carried.value())
      starts.insert(chunk.logical);
    for (const auto& chunk : context_.volume().chunks().all()) {
      if ((chunk->type & BLOCK_GROUP_SYSTEM) == 0) continue;
      if (starts.erase(chunk->logical) == 0)
        context_.error(Problem::superblock, {chunk->logical},
                       "the superblock does not carry this SYSTEM chunk");
    }
    for (const u64 start : starts)
      context_.error(Problem::superblock, {start},
                     "the superblock carries a SYSTEM chunk that the chunk tree does not have");
  }

 private:
  void check_device(u64 devid, Device& device) {
    const auto found = find_superblock(device);
    if (!found.ok()) {
      context_.error(Problem::superblock, {}, "{}", found.error().to_string());
      return;
    }
    const bool is_seed = std::memcmp(found.value().super->fsid, super_.fsid, 16) != 0;
    for (const SuperblockMirror& mirror : found.value().mirrors) {
      if (!mirror.valid && !was_never_written(mirror, devid)) {
        context_.error(Problem::superblock, {}, "{}: {}", device.name(), mirror.problem);
      } else if (mirror.valid && !is_seed) {
        Superblock copy;
        const MutableBytes bytes(reinterpret_cast<u8*>(&copy), sizeof copy);
        if (device.read(mirror.offset, bytes).ok())
          check_copy(copy, devid, device.name(), mirror.offset);
      }
    }
  }

  // The filesystem may end before the device does.
  bool was_never_written(const SuperblockMirror& mirror, u64 devid) const {
    if (mirror.has_magic || mirror.offset == SUPER_OFFSETS[0]) return false;
    const auto* device = device_item(devid);
    return device == nullptr || mirror.offset + SUPER_INFO_SIZE > device->total_bytes;
  }

  const DevItem* device_item(u64 devid) const {
    return super_.dev_item.devid == devid ? &super_.dev_item : nullptr;
  }

  void check_copy(const Superblock& copy, u64 devid, const std::string& name, u64 offset) {
    auto odd = [&](const std::string& what) {
      context_.error(Problem::superblock, {}, "{}: superblock at {}: {}", name, offset, what);
    };
    if (copy.dev_item.devid != devid)
      odd(fmt::format("is of device {} instead of {}", copy.dev_item.devid.value(), devid));
    if (copy.generation != super_.generation) {
      odd(fmt::format("generation {} instead of {}", copy.generation.value(),
                      super_.generation.value()));
      return;
    }
    // All but what is each copy's own.
    Superblock same = copy;
    std::memcpy(same.csum, super_.csum, sizeof same.csum);
    same.bytenr = super_.bytenr;
    same.dev_item = super_.dev_item;
    // An fsync writes the first copy alone, to tell where its log is (btrfs_sync_log).
    same.log_root = super_.log_root;
    same.log_root_level = super_.log_root_level;
    if (std::memcmp(&same, &super_, offsetof(Superblock, padding)) != 0)
      odd("differs from the others of the same generation");
  }

  CheckContext& context_;
  const Superblock& super_;
};

class RootItems {
 public:
  explicit RootItems(CheckContext& context) : context_(context) {}

  Result<void> read() {
    for (const u64 id : {ROOT_TREE_OBJECTID, CHUNK_TREE_OBJECTID}) {
      auto root = context_.forest.root(id);
      if (root.ok()) context_.trees.push_back({root.value()->pointer(), RootItem{}, Key{}});
    }
    // A copy: the list grows.
    const CheckedTree root_tree = context_.trees.front();
    TreeScan scan(context_, root_tree);
    while (TRY(scan.next())) {
      const Key& key = scan.key();
      if (key.type == ROOT_ITEM_KEY) add(key, scan.item(), scan.leaf().start());
      if (key.objectid == ORPHAN_OBJECTID && key.type == ORPHAN_ITEM_KEY)
        context_.dead_orphans.insert(key.offset);
    }
    if (!scan.complete()) context_.incomplete_trees.insert(ROOT_TREE_OBJECTID);
    for (const u64 id : {EXTENT_TREE_OBJECTID, DEV_TREE_OBJECTID, FS_TREE_OBJECTID}) {
      if (scan.complete() && context_.tree(id) == nullptr)
        context_.error(Problem::root_item, {{}, ROOT_TREE_OBJECTID, Key{id, ROOT_ITEM_KEY, 0}},
                       "there is no root item of this tree");
    }
    return {};
  }

 private:
  void add(const Key& key, Bytes item, u64 leaf) {
    const CheckContext::Place place{leaf, ROOT_TREE_OBJECTID, key};
    auto root = parse_root_item(item, key.objectid);
    if (!root.ok()) {
      context_.error(Problem::root_item, place, "{}", root.error().message());
      return;
    }
    const u64 generation = context_.super().generation;
    const RootItem& parsed = root.value();
    if (item.size() >= sizeof(RootItem)) {
      const u64 generation_v2 = load_struct<RootItem>(item).generation_v2;
      if (generation_v2 != parsed.generation)
        context_.error(Problem::root_item, place,
                       "generation_v2 {} differs from generation {}: the kernel would forget the "
                       "subvolume's uuids and times",
                       generation_v2, parsed.generation.value());
    }
    if (parsed.generation > generation + 1)
      context_.error(Problem::root_item, place, "generation {}, but the filesystem's is {}",
                     parsed.generation.value(), generation);
    if (parsed.last_snapshot > generation + 1)
      context_.error(Problem::root_item, place, "last_snapshot {}, but the generation is {}",
                     parsed.last_snapshot.value(), generation);
    const RootPointer pointer{key.objectid, parsed.bytenr, parsed.generation, parsed.level};
    context_.trees.push_back({pointer, parsed, key});
  }

  CheckContext& context_;
};

void read_quota_status(CheckContext& context) {
  const CheckedTree* tree = context.tree(QUOTA_TREE_OBJECTID);
  if (tree == nullptr) return;
  Path path;
  auto found = search_slot(context.cache, tree->root, {0, QGROUP_STATUS_KEY, 0}, path);
  if (!found.ok() || !found.value()) return;
  const Bytes item = path.item();
  if (item.size() < QGROUP_STATUS_ITEM_V1_SIZE) return;
  QgroupStatusItem status{};
  std::memcpy(static_cast<void*>(&status), item.data(), std::min(item.size(), sizeof status));
  context.quota_status = status;
}

}  // namespace

Result<void> check_superblocks(CheckContext& context) {
  context.begin(CheckStage::root_items, 0);
  Superblocks superblocks(context);
  if (!context.filesystem.is_earlier_commit()) superblocks.check_copies();
  superblocks.check_system_chunks();
  TRY(RootItems(context).read());
  read_quota_status(context);
  for (const CheckedTree& tree : context.trees)
    if (is_subvolume_id(tree.root.tree) && tree.is_dead() &&
        !context.dead_orphans.contains(tree.root.tree))
      context.error(Problem::root_item, {{}, ROOT_TREE_OBJECTID, tree.key},
                    "the subvolume is deleted, but nothing says that its blocks are to be freed");
  return {};
}

}  // namespace canopy
