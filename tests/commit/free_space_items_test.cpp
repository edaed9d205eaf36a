#include "commit/free_space_items.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "ondisk/free_space.h"

namespace canopy {
namespace {

constexpr u64 START = u64{64} << 20, LENGTH = u64{20} << 20;
constexpr u32 SECTOR = 4096;

RangeSet some_free_space() {
  Random random(6);
  RangeSet free;
  for (int i = 0; i < 200; ++i)
    free.add(START + random.below(LENGTH / SECTOR - 8) * SECTOR, (1 + random.below(8)) * SECTOR);
  return free;
}

RangeSet read_back(const std::vector<ItemValue>& items) {
  RangeSet free;
  for (const ItemValue& item : items) {
    if (item.key.type == FREE_SPACE_EXTENT_KEY) free.add(item.key.objectid, item.key.offset);
    if (item.key.type != FREE_SPACE_BITMAP_KEY) continue;
    for (u64 bit = 0; bit < item.key.offset / SECTOR; ++bit)
      if ((item.data[static_cast<std::size_t>(bit / 8)] >> bit % 8 & 1) != 0)
        free.add(item.key.objectid + bit * SECTOR, SECTOR);
  }
  return free;
}

TEST(FreeSpaceItems, ExtentsAndBitmapsSayTheSame) {
  RangeSet free = some_free_space();
  for (bool bitmaps : {false, true}) {
    auto items = build_free_space(START, LENGTH, free, bitmaps, SECTOR);
    EXPECT_EQ(read_back(items).runs(), free.runs());
    auto info = std::ranges::find(items, FREE_SPACE_INFO_KEY,
                                  [](const ItemValue& item) { return item.key.type; });
    ASSERT_NE(info, items.end());
    EXPECT_EQ(load_struct<FreeSpaceInfo>(info->data).extent_count, free.runs().size());
  }
}

TEST(FreeSpaceItems, BitmapsAreTakenWhereTheKernelTakesThem) {
  // 1 GiB has 128 bitmaps of 8 MiB: 128 * (25 + 256) / 25 = 1438.
  u64 gib = u64{1} << 30;
  EXPECT_FALSE(wants_bitmaps(gib, 1438, SECTOR, false));
  EXPECT_TRUE(wants_bitmaps(gib, 1439, SECTOR, false));
  EXPECT_TRUE(wants_bitmaps(gib, 1338, SECTOR, true));
  EXPECT_FALSE(wants_bitmaps(gib, 1337, SECTOR, true));
}

}  // namespace
}  // namespace canopy
