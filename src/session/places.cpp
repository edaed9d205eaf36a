#include "session/places.h"

#include <algorithm>
#include <shared_mutex>

#include "filesystem/stripe_tree.h"
#include "ondisk/extent_item.h"
#include "tree/search.h"

namespace canopy {

namespace {

Place place_of(const Path& path, u64 tree) {
  const ExtentBuffer& leaf = path.leaf();
  Place place;
  place.block = {leaf.start(), leaf.generation(), tree, 0};
  place.slot = path.slot();
  for (std::size_t level = path.nodes.size() - 1; level > 0; level--) {
    if (path.nodes[level] == nullptr) continue;
    place.steps.emplace_back(path.slots[level], path.nodes[level]->nritems());
  }
  return place;
}

// REQUIRES: the commit root semaphore is held.
Result<std::shared_ptr<const CommittedRoot>> root_of(Filesystem& filesystem, u64 tree) {
  auto root = TRY(filesystem.forest().root(tree));
  if (root == nullptr) return error(Code::not_found, "there is no tree {}", objectid_name(tree));
  return root;
}

// The tree block at an address, as its header says. Absent if there is none that can be read.
std::optional<Place> find_block(Filesystem& filesystem, u64 logical, u8 level) {
  std::shared_lock hold(filesystem.forest().commit_root_semaphore());
  auto block = filesystem.cache().read(logical, {.level = level});
  if (!block.ok()) return std::nullopt;
  const ExtentBuffer& found = *block.value();
  Place place;
  place.block = {logical, found.generation(), found.owner(), found.level()};
  return place;
}

struct Extent {
  u64 start = 0;
  u64 length = 0;
  bool is_tree_block = false;
  u8 level = 0;  // of a tree block
  Place item;
};

// REQUIRES: the path is at an EXTENT_ITEM or METADATA_ITEM.
Extent extent_of(const Path& path, u32 nodesize) {
  const Key key = path.key();
  const Bytes item = path.item();
  Extent extent;
  extent.start = key.objectid;
  extent.length = key.type == METADATA_ITEM_KEY ? nodesize : key.offset;
  extent.item = place_of(path, EXTENT_TREE_OBJECTID);
  if (key.type == METADATA_ITEM_KEY) {
    extent.is_tree_block = true;
    extent.level = static_cast<u8>(key.offset);
  } else if (item.size() >= sizeof(ExtentItem) + sizeof(TreeBlockInfo) &&
             (load_struct<ExtentItem>(item).flags & EXTENT_FLAG_TREE_BLOCK) != 0) {
    extent.is_tree_block = true;
    extent.level = load_struct<TreeBlockInfo>(item, sizeof(ExtentItem)).level;
  }
  return extent;
}

// The extent that holds the address, as the extent tree says.
Result<std::optional<Extent>> find_extent(Filesystem& filesystem, u64 logical) {
  CommittedForest& forest = filesystem.forest();
  std::shared_lock hold(forest.commit_root_semaphore());
  const auto root = TRY(root_of(filesystem, EXTENT_TREE_OBJECTID));
  Path path;
  // References with keys of their own and block groups may stand between.
  bool there = TRY(search_at_or_before(forest.cache(), root->pointer(),
                                       {logical, METADATA_ITEM_KEY, ~u64{0}}, path));
  while (there) {
    const Key key = path.key();
    if (key.type == EXTENT_ITEM_KEY || key.type == METADATA_ITEM_KEY) {
      Extent extent = extent_of(path, filesystem.super().nodesize);
      if (logical - extent.start >= extent.length) return std::optional<Extent>();
      return std::optional(std::move(extent));
    }
    // What stands behind the extent's item has its address too; what stands before has none.
    const u64 back = key.type > METADATA_ITEM_KEY ? 0 : 1;
    if (key.objectid < back) break;
    there = TRY(search_at_or_before(forest.cache(), root->pointer(),
                                    {key.objectid - back, METADATA_ITEM_KEY, ~u64{0}}, path));
  }
  return std::optional<Extent>();
}

}  // namespace

Result<Place> find_item(Filesystem& filesystem, u64 tree, const Key& key, bool or_after) {
  CommittedForest& forest = filesystem.forest();
  std::shared_lock hold(forest.commit_root_semaphore());
  const auto root = TRY(root_of(filesystem, tree));
  Path path;
  if (TRY(search_at_or_after(forest.cache(), root->pointer(), key, path))) {
    if (path.key() == key) return place_of(path, tree);
    Place place = place_of(path, tree);
    place.note = fmt::format("There is no {} in {}: the next one is shown.", key_text(key),
                             objectid_name(tree));
    if (or_after) return place;
  }
  return error(Code::not_found, "there is no {} in {}", key_text(key), objectid_name(tree));
}

Result<Place> find_logical(Filesystem& filesystem, u64 logical) {
  const auto chunk = filesystem.volume().chunks().find(logical);
  if (chunk == nullptr) return error(Code::not_found, "no chunk maps {}", logical);
  auto extent = find_extent(filesystem, logical);
  if (extent.ok() && extent.value()) {
    const Extent& found = *extent.value();
    if (found.is_tree_block) {
      if (auto block = find_block(filesystem, found.start, found.level)) return *block;
    }
    Place place = found.item;
    place.note =
        fmt::format("{} lies in the {} at {}, {} bytes long.", logical,
                    found.is_tree_block ? "tree block" : "data extent", found.start, found.length);
    return place;
  }
  Place place = TRY(find_item(filesystem, CHUNK_TREE_OBJECTID,
                              {FIRST_CHUNK_TREE_OBJECTID, CHUNK_ITEM_KEY, chunk->logical}));
  place.note = extent.ok() ? fmt::format("{} is free; the chunk around it is shown.", logical)
                           : fmt::format(
                                 "The extent tree cannot be read there ({}); the chunk is "
                                 "shown.",
                                 extent.error().to_string());
  return place;
}

namespace {

Result<u64> find_striped(Filesystem& filesystem, const ChunkMapping& chunk, u64 devid,
                         u64 physical) {
  const auto tree = TRY(filesystem.forest().root(RAID_STRIPE_TREE_OBJECTID));
  const auto logical = tree == nullptr
                           ? std::optional<u64>()
                           : TRY(find_in_stripes(filesystem.cache(), tree->pointer(), devid,
                                                 physical, chunk.logical, chunk.end()));
  if (logical) return *logical;
  return error(Code::not_found, "nothing lies at {} of device {}, in the chunk at {}", physical,
               devid, chunk.logical);
}

}  // namespace

Result<u64> find_physical(Filesystem& filesystem, u64 devid, u64 physical) {
  for (const auto& chunk : filesystem.volume().chunks().all()) {
    for (const ChunkStripe& stripe : chunk->stripes) {
      if (stripe.devid != devid || physical < stripe.physical) continue;
      const u64 in_device = physical - stripe.physical;
      if (in_device >= chunk->stripe_length()) continue;
      if (filesystem.volume().is_in_stripe_tree(*chunk))
        return find_striped(filesystem, *chunk, devid, physical);
      const u32 columns = chunk->data_stripes();
      for (u32 column = 0; column < columns; column++) {
        const u64 offset =
            chunk->profile->striped
                ? (in_device / STRIPE_LEN * columns + column) * STRIPE_LEN + in_device % STRIPE_LEN
                : in_device;
        if (offset >= chunk->length) continue;
        for (u32 mirror = 1; mirror <= chunk->profile->copies; mirror++) {
          const StripePlace place = place_in_chunk(*chunk, chunk->logical + offset, mirror);
          if (chunk->stripes[place.stripe].devid == devid && place.physical == physical) {
            return chunk->logical + offset;
          }
        }
      }
      return error(Code::not_found, "{} of device {} is parity of the chunk at {}", physical, devid,
                   chunk->logical);
    }
  }
  return error(Code::not_found, "no chunk has {} of device {}", physical, devid);
}

}  // namespace canopy
