#include "inspect/item_cards.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace canopy {
namespace {

TEST(ItemCards, AreThereForEveryTypeThatHasAName) {
  for (int type = 0; type < 256; ++type) {
    const auto key_type = static_cast<u8>(type);
    const bool is_named = !key_type_name(key_type).starts_with("UNKNOWN");
    // Types of the past, which the kernel no longer writes.
    const bool is_past = key_type == CSUM_ITEM_KEY || key_type == EXTENT_REF_V0_KEY;
    EXPECT_EQ(find_item_card(key_type) != nullptr, is_named && !is_past) << key_type_name(key_type);
  }
}

TEST(ItemCards, AscendByType) {
  EXPECT_TRUE(std::ranges::is_sorted(item_cards(), {}, &ItemCard::type));
  for (const ItemCard& card : item_cards())
    EXPECT_EQ(find_item_card(card.type), &card) << key_type_name(card.type);
}

TEST(ItemCards, LayOutTheirFixedBytesWithoutGapsOrOverlaps) {
  for (const ItemCard& card : item_cards()) {
    const std::vector<Field> fields = item_layout(card);
    std::vector<u32> times(card.fixed_bytes);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      ASSERT_LE(fields[i].offset + fields[i].size, card.fixed_bytes) << key_type_name(card.type);
      const bool is_innermost = i + 1 == fields.size() || fields[i + 1].depth <= fields[i].depth;
      for (u32 at = 0; is_innermost && at < fields[i].size; ++at)
        times[fields[i].offset + at]++;
    }
    for (const u32 count : times)
      EXPECT_LE(count, 1u) << key_type_name(card.type);
    EXPECT_EQ(fields.empty(), card.fixed_bytes == 0) << key_type_name(card.type);
  }
  const std::vector<Field> inode = item_layout(*find_item_card(INODE_ITEM_KEY));
  const auto mode = std::ranges::find(inode, "mode", &Field::name);
  ASSERT_NE(mode, inode.end());
  EXPECT_EQ(mode->offset, 52u);
  EXPECT_EQ(mode->size, 4u);
}

TEST(ItemCards, EndTheirSentences) {
  for (const ItemCard& card : item_cards())
    EXPECT_EQ(std::string(card.what).back(), '.') << key_type_name(card.type);
}

}  // namespace
}  // namespace canopy
