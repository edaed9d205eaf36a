#include "commit/free_space_items.h"

#include <algorithm>

#include "ondisk/free_space.h"

namespace canopy {
namespace {

Key first_key(const BlockGroup& group) { return {group.start(), 0, 0}; }
Key last_key(const BlockGroup& group) { return {group.end() - 1, 0xff, ~u64{0}}; }

ItemValue bitmap_item(u64 start, u64 length, const RangeSet& free, u32 sectorsize) {
  u64 sectors = length / sectorsize;
  ItemValue item{{start, FREE_SPACE_BITMAP_KEY, length},
                 std::vector<u8>(static_cast<std::size_t>((sectors + 7) / 8))};
  u64 end = start + length;
  auto run = free.runs().upper_bound(start);
  if (run != free.runs().begin()) --run;
  for (; run != free.runs().end() && run->first < end; ++run) {
    u64 from = std::max(run->first, start), to = std::min(run->second, end);
    for (u64 at = from; at < to; at += sectorsize) {
      auto bit = static_cast<std::size_t>((at - start) / sectorsize);
      item.data[bit / 8] |= static_cast<u8>(1u << bit % 8);
    }
  }
  return item;
}

}  // namespace

std::vector<ItemValue> build_free_space(u64 start, u64 length, const RangeSet& free, bool bitmaps,
                                        u32 sectorsize) {
  std::vector<ItemValue> items;
  FreeSpaceInfo info{static_cast<u32>(free.runs().size()), bitmaps ? FREE_SPACE_USING_BITMAPS : 0u};
  Bytes raw = as_bytes(info);
  items.push_back({{start, FREE_SPACE_INFO_KEY, length}, std::vector<u8>(raw.begin(), raw.end())});
  if (!bitmaps) {
    for (const auto& [run_start, run_end] : free.runs())
      items.push_back({{run_start, FREE_SPACE_EXTENT_KEY, run_end - run_start}, {}});
  } else {
    u64 step = u64{FREE_SPACE_BITMAP_BITS} * sectorsize;
    for (u64 at = start; at < start + length; at += step)
      items.push_back(bitmap_item(at, std::min(step, start + length - at), free, sectorsize));
  }
  // The info item of a group sorts behind an extent that begins with the group only by its type.
  std::ranges::sort(items, {}, &ItemValue::key);
  return items;
}

bool wants_bitmaps(u64 length, u64 runs, u32 sectorsize, bool has_bitmaps) {
  // btrfs_set_free_space_tree_thresholds
  u64 range = u64{FREE_SPACE_BITMAP_BITS} * sectorsize;
  u64 bitmaps = (length + range - 1) / range;
  u64 high = bitmaps * (sizeof(Item) + FREE_SPACE_BITMAP_SIZE) / sizeof(Item);
  u64 low = high > 100 ? high - 100 : 0;
  return has_bitmaps ? runs >= low : runs > high;
}

Result<void> write_free_space(Transaction& transaction, Tree& tree, const BlockGroup& group,
                              u32 sectorsize) {
  Key info_key{group.start(), FREE_SPACE_INFO_KEY, group.length()};
  bool has_bitmaps = false;
  if (auto data = TRY(find_item(transaction.cache(), tree.root, info_key))) {
    if (data->size() != sizeof(FreeSpaceInfo))
      return error(Code::corrupt, "free space info of {} bytes", data->size()).at(group.start());
    has_bitmaps = (load_struct<FreeSpaceInfo>(*data).flags & FREE_SPACE_USING_BITMAPS) != 0;
  }
  bool bitmaps = wants_bitmaps(group.length(), group.free.runs().size(), sectorsize, has_bitmaps);
  return set_items_in_range(
      transaction, tree, first_key(group), last_key(group),
      build_free_space(group.start(), group.length(), group.free, bitmaps, sectorsize));
}

Result<void> erase_free_space(Transaction& transaction, Tree& tree, const BlockGroup& group) {
  return set_items_in_range(transaction, tree, first_key(group), last_key(group), {});
}

}  // namespace canopy
