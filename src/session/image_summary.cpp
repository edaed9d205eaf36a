#include "session/image_summary.h"

#include <cstring>
#include <map>

#include "checksum/checksum.h"
#include "relocation/balance.h"
#include "tree/search.h"

namespace canopy {

namespace {

std::vector<SpaceSummary> summarize_space(const ChunkMap& chunks) {
  std::map<u64, SpaceSummary> by_flags;
  for (const auto& chunk : chunks.all()) {
    const u64 flags = chunk->type & (BLOCK_GROUP_TYPE_MASK | BLOCK_GROUP_PROFILE_MASK);
    SpaceSummary& space = by_flags[flags];
    space.name = block_group_flags_text(flags);
    space.size_bytes += chunk->length;
    space.chunks++;
  }
  std::vector<SpaceSummary> all;
  for (auto& [flags, space] : by_flags)
    all.push_back(std::move(space));
  return all;
}

TreeSummary summarize_tree(u64 id, const RootItem& item, u32 nodesize) {
  TreeSummary tree;
  tree.root = {item.bytenr, item.generation, id, item.level};
  tree.name = objectid_name(id);
  tree.blocks = item.bytes_used / nodesize;
  tree.is_subvolume = is_subvolume_id(id);
  return tree;
}

// The root tree and the chunk tree have no root item: the superblock knows where they are, and
// nobody how large.
TreeSummary tree_of_superblock(u64 id, const RootPointer& pointer) {
  const u64 blocks = pointer.level == 0 ? 1 : u64{8} << (4 * pointer.level);
  return {
      {pointer.bytenr, pointer.generation, id, pointer.level}, objectid_name(id), blocks, false};
}

Result<void> read_trees(Filesystem& filesystem, ImageSummary& summary) {
  CommittedForest& forest = filesystem.forest();
  SharedSemaphore& semaphore = forest.commit_root_semaphore();
  std::vector<TreeSummary> subvolumes;
  semaphore.lock_shared();
  const auto walk = [&]() -> Result<void> {
    const auto root_tree = TRY(forest.root(ROOT_TREE_OBJECTID));
    const auto chunk_tree = TRY(forest.root(CHUNK_TREE_OBJECTID));
    summary.trees.push_back(tree_of_superblock(ROOT_TREE_OBJECTID, root_tree->pointer()));
    summary.trees.push_back(tree_of_superblock(CHUNK_TREE_OBJECTID, chunk_tree->pointer()));
    Path path;
    bool found =
        TRY(search_at_or_after(forest.cache(), root_tree->pointer(), {0, ROOT_ITEM_KEY, 0}, path));
    for (; found; found = TRY(next_item(forest.cache(), ROOT_TREE_OBJECTID, path))) {
      const Key key = path.key();
      if (key.type != ROOT_ITEM_KEY) continue;
      const RootItem item = TRY(parse_root_item(path.item(), key.objectid));
      TreeSummary tree = summarize_tree(key.objectid, item, summary.nodesize);
      (tree.is_subvolume ? subvolumes : summary.trees).push_back(std::move(tree));
    }
    return {};
  };
  Result<void> result = walk();
  semaphore.unlock_shared();
  TRY(std::move(result));
  for (TreeSummary& tree : subvolumes) {
    const Subvolume* subvolume = summary.subvolumes.find(tree.root.tree);
    if (subvolume != nullptr && !subvolume->path.empty()) tree.name += " " + subvolume->path;
    summary.trees.push_back(std::move(tree));
  }
  return {};
}

}  // namespace

Result<ImageSummary> summarize(Filesystem& filesystem) {
  const Superblock& super = filesystem.super();
  ImageSummary summary;
  const auto* label = reinterpret_cast<const char*>(super.label);
  const Bytes bytes = as_bytes(super);
  summary.superblock.assign(bytes.begin(), bytes.end());
  summary.label = std::string(label, strnlen(label, LABEL_SIZE));
  std::memcpy(summary.fsid.data(), super.fsid, 16);
  summary.generation = super.generation;
  summary.nodesize = super.nodesize;
  summary.sectorsize = super.sectorsize;
  const ChecksumInfo* checksum = checksum_info(super.csum_type);
  summary.checksum = checksum == nullptr ? "unknown" : std::string(checksum->name);
  summary.csum_type = super.csum_type;
  summary.total_bytes = super.total_bytes;
  summary.used_bytes = super.bytes_used;
  summary.has_log_tree = super.log_root != 0;
  summary.has_data = filesystem.volume().has_data();
  for (const auto& [devid, device] : filesystem.volume().devices()) {
    summary.devices.push_back({devid, device->name(), device->size_bytes()});
  }
  summary.space = summarize_space(filesystem.volume().chunks());
  summary.subvolumes = TRY(SubvolumeList::read(filesystem.forest()));
  summary.warnings = filesystem.warnings();
  const auto is_paused = is_balance_paused(filesystem.forest());
  if (is_paused.ok() && is_paused.value()) summary.warnings.emplace_back(PAUSED_BALANCE_WARNING);
  TRY(read_trees(filesystem, summary));
  return summary;
}

}  // namespace canopy
