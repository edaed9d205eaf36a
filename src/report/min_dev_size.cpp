#include "report/min_dev_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "report/size_text.h"

namespace canopy {
namespace {

struct DeviceRange {
  u64 start = 0;
  u64 length = 0;

  u64 last() const { return start + length - 1; }
};

// The dev extents of a device, from the lowest.
Result<std::vector<DeviceRange>> read_dev_extents(Filesystem& filesystem, u64 devid) {
  std::vector<DeviceRange> extents;
  auto tree = TRY(filesystem.forest().root(DEV_TREE_OBJECTID));
  if (tree == nullptr) return error(Code::corrupt, "there is no device tree");
  Path path;
  BlockCache& cache = filesystem.cache();
  bool more = TRY(search_at_or_after(cache, tree->pointer(), {devid, DEV_EXTENT_KEY, 0}, path));
  for (; more; more = TRY(next_item(cache, tree->objectid(), path))) {
    const Key key = path.key();
    if (key.objectid != devid || key.type != DEV_EXTENT_KEY) break;
    const u64 length = load_struct<DevExtent>(path.item()).length;
    const u64 end = extents.empty() ? 0 : extents.back().start + extents.back().length;
    if (length == 0 || key.offset < end || length > ~u64{0} / 2 - key.offset)
      return error(Code::corrupt, "dev extent {} of {} bytes cannot be", key_text(key), length)
          .at(path.leaf().start());
    extents.push_back({key.offset, length});
  }
  return extents;
}

bool has_superblock(u64 start, u64 length) {
  return std::ranges::any_of(
      SUPER_OFFSETS, [&](u64 offset) { return offset >= start && offset < start + length; });
}

// All extents side by side, unless the highest ones fit into no hole below. What has to move needs
// room for the largest meanwhile, and for a new SYSTEM chunk.
u64 smallest_size(std::vector<DeviceRange> extents) {
  constexpr u64 first_usable = u64{1} << 20;
  constexpr u64 largest_system_chunk = u64{32} << 20;
  std::vector<DeviceRange> holes;
  u64 size = first_usable;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    size += extents[i].length;
    const u64 end = i == 0 ? extents[0].start : extents[i - 1].start + extents[i - 1].length;
    if (extents[i].start > end) holes.push_back({end, extents[i].start - end});
  }
  u64 largest_moved = 0;
  for (; !extents.empty() && extents.back().last() > size; extents.pop_back()) {
    const DeviceRange extent = extents.back();
    auto hole = std::ranges::find_if(
        holes, [&](const DeviceRange& free) { return free.length >= extent.length; });
    if (hole == holes.end()) {
      size = extent.last() + 1;
      break;
    }
    // Room where a superblock lies does not serve for an extent as large as the block group.
    if (has_superblock(hole->start, extent.length)) size += extent.length;
    hole->start += extent.length;
    hole->length -= extent.length;
    if (hole->length == 0) holes.erase(hole);
    largest_moved = std::max(largest_moved, extent.length);
  }
  return largest_moved == 0 ? size : size + largest_moved + largest_system_chunk;
}

}  // namespace

Result<u64> min_dev_size(Filesystem& filesystem, u64 devid) {
  return smallest_size(TRY(read_dev_extents(filesystem, devid)));
}

std::string min_dev_size_text(u64 bytes) {
  return fmt::format("{} bytes ({})\n", bytes, size_text(bytes));
}

}  // namespace canopy
