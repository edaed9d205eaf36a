#include "session/space_view.h"

#include <algorithm>
#include <shared_mutex>

#include "report/block_group_use.h"
#include "tree/search.h"

namespace canopy {

namespace {

constexpr u32 items_at_once = 4'000;  // while commits have to wait

Result<u64> read_used(CommittedForest& forest, const RootPointer& groups,
                      const ChunkMapping& chunk) {
  Path path;
  const Key key{chunk.logical, BLOCK_GROUP_ITEM_KEY, chunk.length};
  if (!TRY(search_slot(forest.cache(), groups, key, path)))
    return error(Code::not_found, "there is no block group for the chunk at {}", chunk.logical);
  if (path.item().size() < sizeof(BlockGroupItem))
    return error(Code::corrupt, "{} is too short", key_text(key)).at(path.leaf().start());
  return load_struct<BlockGroupItem>(path.item()).used.value();
}

Result<void> read_groups(Filesystem& filesystem, SpaceView& view) {
  CommittedForest& forest = filesystem.forest();
  const auto groups = TRY(block_group_root(forest));
  if (groups == nullptr) return error(Code::corrupt, "there is no extent tree");
  for (GroupView& group : view.groups) {
    const auto used = read_used(forest, groups->pointer(), *group.chunk);
    if (used.ok()) {
      group.used = used.value();
      group.is_known = true;
    } else {
      view.problem = used.error().to_string();
    }
  }
  return {};
}

// Adds what [begin, end) covers to the cells.
void add_extent(ExtentsView& view, u64 begin, u64 end) {
  const ExtentsKey& key = view.key;
  begin = std::max(begin, key.begin);
  end = std::min(end, key.end);
  if (begin >= end) return;
  view.extents++;
  const double width = static_cast<double>(key.end - key.begin) / key.cells;
  const double from = static_cast<double>(begin - key.begin) / width;
  const double to = static_cast<double>(end - key.begin) / width;
  for (auto cell = static_cast<u32>(from); cell < key.cells && cell < to; cell++) {
    const double low = std::max(from, static_cast<double>(cell));
    const double high = std::min(to, static_cast<double>(cell) + 1);
    view.fill[cell] = std::min(1.0f, view.fill[cell] + static_cast<float>(high - low));
  }
}

// Goes on from `next`; false at the end of the part.
Result<bool> read_some(Filesystem& filesystem, ExtentsView& view, Key& next) {
  CommittedForest& forest = filesystem.forest();
  const auto root = TRY(forest.root(EXTENT_TREE_OBJECTID));
  if (root == nullptr) return error(Code::corrupt, "there is no extent tree");
  const u32 nodesize = filesystem.super().nodesize;
  Path path;
  bool more = TRY(search_at_or_after(forest.cache(), root->pointer(), next, path));
  for (u32 taken = 0; more; more = TRY(next_item(forest.cache(), EXTENT_TREE_OBJECTID, path))) {
    next = path.key();
    if (next.objectid >= view.key.end) return false;
    if (taken++ == items_at_once) return true;
    if (next.type == EXTENT_ITEM_KEY) {
      add_extent(view, next.objectid, next.objectid + next.offset);
    } else if (next.type == METADATA_ITEM_KEY) {
      add_extent(view, next.objectid, next.objectid + nodesize);
    }
  }
  return false;
}

}  // namespace

const GroupView* SpaceView::find(u64 logical) const {
  auto after = std::upper_bound(
      groups.begin(), groups.end(), logical,
      [](u64 address, const GroupView& group) { return address < group.chunk->logical; });
  if (after == groups.begin()) return nullptr;
  const GroupView& group = *std::prev(after);
  return logical < group.chunk->end() ? &group : nullptr;
}

SpaceView read_space(Filesystem& filesystem, const SpaceKey&) {
  std::shared_lock hold(filesystem.forest().commit_root_semaphore());
  return look_at_space(filesystem);
}

SpaceView look_at_space(Filesystem& filesystem) {
  SpaceView view;
  for (const auto& chunk : filesystem.volume().chunks().all())
    view.groups.push_back({chunk, 0, false});
  for (const auto& [devid, device] : filesystem.volume().devices())
    view.devices.push_back({devid, device->name(), device->size_bytes()});
  std::ranges::sort(view.devices, {}, &SpaceView::DeviceView::devid);
  if (const Result<void> read = read_groups(filesystem, view); !read.ok()) {
    view.problem = read.error().to_string();
  }
  return view;
}

ExtentsView read_extents(Filesystem& filesystem, const ExtentsKey& key,
                         const std::atomic<bool>& dropped) {
  ExtentsView view;
  view.key = key;
  view.fill.assign(key.cells, 0);
  if (key.begin >= key.end) return view;
  // An extent that begins before the part may reach into it.
  constexpr u64 longest = u64{128} << 20;
  Key next{key.begin < longest ? 0 : key.begin - longest, 0, 0};
  for (bool more = true; more && !dropped;) {
    std::shared_lock hold(filesystem.forest().commit_root_semaphore());
    auto result = read_some(filesystem, view, next);
    if (!result.ok()) view.problem = result.error().to_string();
    more = result.ok() && result.value();
  }
  return view;
}

ExtentsView look_at_extents(Filesystem& filesystem, const SpaceView& space) {
  ExtentsView view;
  if (space.groups.empty()) return view;
  const u64 begin = space.groups.front().chunk->logical;
  const u64 end = space.groups.back().chunk->end();
  if (end - begin > most_looked_into) return view;
  view.key = {begin, end, heat_cells, 0};
  view.fill.assign(heat_cells, 0);
  Key next{0, 0, 0};
  for (bool more = true; more;) {
    auto result = read_some(filesystem, view, next);
    if (!result.ok()) view.problem = result.error().to_string();
    more = result.ok() && result.value();
  }
  return view;
}

const char* group_letter(u64 flags) {
  switch (flags & BLOCK_GROUP_TYPE_MASK) {
    case BLOCK_GROUP_DATA:
      return "D";
    case BLOCK_GROUP_METADATA:
      return "M";
    case BLOCK_GROUP_SYSTEM:
      return "S";
    default:
      return "X";
  }
}

}  // namespace canopy
