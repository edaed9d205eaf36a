#include "space/block_groups.h"

#include <algorithm>

#include "ondisk/extent_item.h"
#include "ondisk/superblock.h"

namespace canopy {

namespace {

// Takes what `kept` has of [start, end) out of `set`.
void remove_common(RangeSet& set, const RangeSet& kept, u64 start, u64 end) {
  auto run = kept.runs().upper_bound(start);
  if (run != kept.runs().begin() && std::prev(run)->second > start) --run;
  for (; run != kept.runs().end() && run->first < end; ++run)
    set.remove(run->first, run->second - run->first);
}

}  // namespace

Result<void> BlockGroups::read_items(const RootPointer& tree) {
  groups_.clear();
  // What a dropped transaction freed was not freed.
  pinned_.clear();
  for (auto& chunk : volume_.chunks().all()) {
    Path path;
    Key key{chunk->logical, BLOCK_GROUP_ITEM_KEY, chunk->length};
    if (!TRY(search_slot(cache_, tree, key, path)))
      return error(Code::corrupt, "chunk has no block group item").at(chunk->logical);
    if (path.item().size() != sizeof(BlockGroupItem))
      return error(Code::corrupt, "block group item of {} bytes", path.item().size())
          .at(chunk->logical);
    auto item = load_struct<BlockGroupItem>(path.item());
    if (item.flags != chunk->type || item.used > chunk->length)
      return error(Code::corrupt, "block group item does not match its chunk").at(chunk->logical);
    BlockGroup group;
    group.chunk = chunk;
    group.used = item.used;
    group.read_only = closed_.contains(chunk->logical);
    groups_.emplace(chunk->logical, std::move(group));
  }
  return {};
}

Result<void> BlockGroups::load(BlockGroup& group, const RootPointer& extent_tree) {
  if (group.loaded) return {};
  RangeSet free;
  free.add(group.start(), group.length());
  u64 used = 0;
  u64 last_end = group.start();
  Path path;
  bool more = TRY(search_at_or_after(cache_, extent_tree, {group.start(), 0, 0}, path));
  for (; more; more = TRY(next_item(cache_, extent_tree.tree, path))) {
    Key key = path.key();
    if (key.objectid >= group.end()) break;
    if (key.type != EXTENT_ITEM_KEY && key.type != METADATA_ITEM_KEY) continue;
    u64 length = key.type == METADATA_ITEM_KEY ? format_.nodesize : key.offset;
    if (length == 0 || key.objectid % format_.sectorsize != 0 || length % format_.sectorsize != 0 ||
        key.objectid < last_end || length > group.end() - key.objectid)
      return error(Code::corrupt, "extent item {} overlaps another or leaves its block group",
                   key_text(key))
          .at(key.objectid);
    last_end = key.objectid + length;
    used += length;
    free.remove(key.objectid, length);
  }
  if (used != group.used)
    return error(Code::corrupt, "block group item says {} bytes are used, extents cover {}",
                 group.used, used)
        .at(group.start());
  group.free = std::move(free);
  group.loaded = true;
  find_available(group);
  return {};
}

void BlockGroups::find_available(BlockGroup& group) {
  group.available = group.free;
  remove_common(group.available, pinned_, group.start(), group.end());
  remove_common(group.available, held_, group.start(), group.end());
  exclude_superblocks(group);
}

// The kernel never allocates where a superblock copy lies on any of the devices of a chunk. Of a
// striped chunk whole rows are left out here: less room, but simple.
void BlockGroups::exclude_superblocks(BlockGroup& group) {
  const ChunkMapping& chunk = *group.chunk;
  for (const ChunkStripe& stripe : chunk.stripes) {
    for (u64 offset : SUPER_OFFSETS) {
      u64 stripe_end = stripe.physical + chunk.stripe_length();
      if (offset + STRIPE_LEN <= stripe.physical || offset >= stripe_end) continue;
      u64 first = offset <= stripe.physical ? 0 : offset - stripe.physical;
      u64 last = std::min(offset + STRIPE_LEN, stripe_end) - stripe.physical;
      if (chunk.profile->striped) {
        first = first / STRIPE_LEN * STRIPE_LEN * chunk.data_stripes();
        last = (last + STRIPE_LEN - 1) / STRIPE_LEN * STRIPE_LEN * chunk.data_stripes();
      }
      last = std::min(last, group.length());
      if (first < last) group.available.remove(group.start() + first, last - first);
    }
  }
}

BlockGroup& BlockGroups::add(std::shared_ptr<const ChunkMapping> chunk) {
  BlockGroup& group = groups_[chunk->logical];
  group = BlockGroup();
  group.chunk = std::move(chunk);
  group.has_item = false;
  group.used_changed = group.free_changed = group.loaded = true;
  group.free.add(group.start(), group.length());
  group.available = group.free;
  exclude_superblocks(group);
  return group;
}

void BlockGroups::remove(u64 start) {
  auto found = groups_.find(start);
  CHECK(found != groups_.end() && found->second.used == 0);
  // What was pinned in it must not become available in a group that takes its addresses.
  pinned_.remove(found->second.start(), found->second.length());
  held_.remove(found->second.start(), found->second.length());
  closed_.erase(start);
  groups_.erase(found);
}

BlockGroup* BlockGroups::find(u64 logical) {
  auto next = groups_.upper_bound(logical);
  if (next == groups_.begin()) return nullptr;
  BlockGroup& group = std::prev(next)->second;
  return logical < group.end() ? &group : nullptr;
}

u64 BlockGroups::bytes_used() const {
  u64 sum = 0;
  for (const auto& [start, group] : groups_)
    sum += group.used;
  return sum;
}

void BlockGroups::take(BlockGroup& group, u64 start, u64 length) {
  group.available.remove(start, length);
  group.free.remove(start, length);
  group.used += length;
  group.used_changed = group.free_changed = true;
}

void BlockGroups::close(u64 start) {
  closed_.insert(start);
  auto found = groups_.find(start);
  if (found != groups_.end()) found->second.read_only = true;
}

void BlockGroups::open(u64 start) {
  closed_.erase(start);
  auto found = groups_.find(start);
  if (found != groups_.end()) found->second.read_only = false;
}

Result<std::optional<u64>> BlockGroups::allocate(const AllocationRule& rule, u64 from) {
  for (auto& [start, group] : groups_) {
    if (group.end() <= from || !rule.allows(group)) continue;
    TRY(load(group, extent_tree_));
    auto at = group.available.find(from, rule.length, rule.alignment, rule.boundary);
    if (!at) continue;
    take(group, *at, rule.length);
    return at;
  }
  return std::optional<u64>();
}

Result<u64> BlockGroups::count_room(const AllocationRule& rule, u64 enough, u64 from) {
  u64 count = 0;
  for (auto& [start, group] : groups_) {
    if (group.end() <= from || !rule.allows(group)) continue;
    TRY(load(group, extent_tree_));
    for (u64 next = from; count < enough;) {
      auto at = group.available.find(next, rule.length, rule.alignment, rule.boundary);
      if (!at) break;
      ++count;
      next = *at + rule.length;
    }
    if (count >= enough) break;
  }
  return count;
}

Result<void> BlockGroups::release(u64 start, u64 length, bool reusable) {
  BlockGroup* group = find(start);
  if (group == nullptr || length > group->end() - start || group->used < length)
    return error(Code::corrupt, "extent lies in no block group").at(start);
  TRY(load(*group, extent_tree_));
  if (group->free.intersects(start, length))
    return error(Code::corrupt, "extent is freed twice").at(start);
  group->free.add(start, length);
  group->used -= length;
  group->used_changed = group->free_changed = true;
  if (reusable) {
    group->available.add(start, length);
  } else {
    pinned_.add(start, length);
  }
  return {};
}

std::vector<std::pair<u64, u64>> BlockGroups::unpin() {
  std::vector<std::pair<u64, u64>> freed;
  for (const auto& [start, end] : pinned_.runs()) {
    for (u64 at = start; at < end;) {
      // A run of pinned addresses may go over the border of two groups.
      BlockGroup* group = find(at);
      u64 stop = group == nullptr ? end : std::min(end, group->end());
      if (group != nullptr) {
        // Of a group that was not looked into nothing is known to be available.
        if (group->loaded) {
          group->available.add(at, stop - at);
          remove_common(group->available, held_, at, stop);
        }
        freed.emplace_back(at, stop - at);
      }
      at = stop;
    }
  }
  pinned_.clear();
  return freed;
}

std::pair<u64, u64> BlockGroups::free_run_at(u64 logical) {
  const BlockGroup* group = find(logical);
  CHECK(group != nullptr && group->free.intersects(logical, 1));
  return *std::prev(group->free.runs().upper_bound(logical));
}

void BlockGroups::hold(u64 start, u64 length) {
  BlockGroup* group = find(start);
  if (group == nullptr) return;
  held_.add(start, length);
  group->available.remove(start, length);
}

Result<bool> BlockGroups::take_held(u64 start, u64 length) {
  BlockGroup* group = find(start);
  if (group == nullptr || group->read_only || !held_.contains(start, length)) return false;
  TRY(load(*group, extent_tree_));
  if (!group->free.contains(start, length) || pinned_.intersects(start, length)) return false;
  take(*group, start, length);
  return true;
}

void BlockGroups::release_held() {
  held_.clear();
  for (auto& [start, group] : groups_)
    if (group.loaded) find_available(group);
}

}  // namespace canopy
