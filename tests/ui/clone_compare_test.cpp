#include "ui/clone_compare.h"

#include <gtest/gtest.h>

#include <cstring>

namespace canopy::ui {
namespace {

// A leaf with two items of 8 bytes, at the end of 4096 bytes.
std::vector<u8> leaf() {
  std::vector<u8> bytes(4096, 0);
  store_le<u32>(bytes.data() + offsetof(Header, nritems), 2);
  for (u32 slot = 0; slot < 2; slot++) {
    Item item{};
    item.key = DiskKey::encode({257 + slot, INODE_ITEM_KEY, 0});
    item.offset = static_cast<u32>(4096 - sizeof(Header)) - 8 * (slot + 1);
    item.size = 8;
    std::memcpy(bytes.data() + sizeof(Header) + slot * sizeof(Item), &item, sizeof(item));
  }
  return bytes;
}

KeptView clone_of(std::vector<u8> now) {
  KeptView view;
  view.logical = 65536;
  view.bytes = std::make_shared<const std::vector<u8>>(leaf());
  view.different = different_ranges(*view.bytes, now, 10, view.different_bytes);
  view.live = std::make_shared<const std::vector<u8>>(std::move(now));
  return view;
}

TEST(CloneCompare, ShowsOnlyRowsInWhichABlockDiffersAndSaysWhatIsThere) {
  std::vector<u8> now = leaf();
  now[offsetof(Header, generation)] = 9;
  now[4095] = 1;
  now[4094] = 1;
  const KeptView view = clone_of(now);
  EXPECT_EQ(view.different_bytes, 3u);
  EXPECT_EQ(view.different.size(), 2u);
  const auto rows = compare_rows(view);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].what, "header");
  EXPECT_EQ(rows[0].offset, offsetof(Header, generation) / 16 * 16);
  EXPECT_EQ(rows[1].offset, 4080u);
  EXPECT_EQ(rows[1].different, 3u << 14);
  EXPECT_EQ(rows[1].what, "item 0 (257 INODE_ITEM 0)");
  EXPECT_EQ(now_text(view), "3 bytes differ");
}

TEST(CloneCompare, HasNoRowsWhereTheSameBytesLieOrNothingDoes) {
  EXPECT_TRUE(compare_rows(clone_of(leaf())).empty());
  EXPECT_EQ(now_text(clone_of(leaf())), "the same bytes");
  KeptView gone = clone_of(leaf());
  gone.live = nullptr;
  EXPECT_TRUE(compare_rows(gone).empty());
  EXPECT_EQ(now_text(gone), "no chunk is there any more");
}

TEST(CloneCompare, NamesHeadsOfItemsAndFreeSpace) {
  const ExtentBuffer block(65536, leaf());
  EXPECT_EQ(part_of_block(block, 0), "header");
  EXPECT_EQ(part_of_block(block, sizeof(Header) + sizeof(Item)),
            "head of item 1 (258 INODE_ITEM 0)");
  EXPECT_EQ(part_of_block(block, 2000), "free space");
  EXPECT_EQ(part_of_block(block, 4096 - 16), "item 1 (258 INODE_ITEM 0)");
}

TEST(DifferentRanges, AreJoinedWhereTheyAreNearAndBounded) {
  std::vector<u8> a(4096, 0);
  std::vector<u8> b = a;
  for (u32 at = 100; at < 4000; at += 50)
    b[at] = 1;
  b[102] = 1;
  u32 bytes = 0;
  auto ranges = different_ranges(a, b, 1000, bytes);
  EXPECT_EQ(bytes, 79u);
  EXPECT_EQ(ranges.size(), 78u);
  EXPECT_EQ(ranges[0], (std::pair<u32, u32>(100, 103)));
  ranges = different_ranges(a, b, 4, bytes);
  EXPECT_EQ(ranges.size(), 4u);
  EXPECT_EQ(ranges.back().second, 3951u);
}

TEST(AgeText, CountsStepsOfAControlledRun) {
  EXPECT_EQ(age_text(3000, true), "3 steps");
  EXPECT_EQ(age_text(1000, true), "1 step");
  EXPECT_EQ(age_text(1'500'000, false), "1.5 ms");
}

}  // namespace
}  // namespace canopy::ui
