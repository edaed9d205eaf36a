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

TEST(ItemCards, EndTheirSentences) {
  for (const ItemCard& card : item_cards())
    EXPECT_EQ(std::string(card.what).back(), '.') << key_type_name(card.type);
}

}  // namespace
}  // namespace canopy
