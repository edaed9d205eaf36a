#include "session/item_finder.h"

#include <gtest/gtest.h>

#include <set>

#include "inspect/item_cards.h"
#include "sample_session.h"

namespace canopy {
namespace {

struct Finder {
  std::unique_ptr<Filesystem> filesystem = filesystem_of_sample();
  std::atomic<u64> leaves{0};
  std::atomic<bool> dropped{false};

  ItemOfType find(u8 type, std::optional<std::pair<u64, Key>> after = std::nullopt) {
    return find_item_of_type(*filesystem, {type, after, 0}, leaves, dropped);
  }
  Key key_of(const Place& place) {
    auto block = filesystem->cache().read(place.block.logical, {.level = u8{0}});
    return block.value()->key(*place.slot);
  }
};

TEST(ItemFinder, FindsTheTypesThatTheSampleHas) {
  Finder finder;
  for (const u8 type : {INODE_ITEM_KEY, INODE_REF_KEY, DIR_ITEM_KEY, DIR_INDEX_KEY, EXTENT_DATA_KEY,
                        EXTENT_CSUM_KEY, ROOT_ITEM_KEY, ROOT_REF_KEY, ROOT_BACKREF_KEY,
                        EXTENT_ITEM_KEY, METADATA_ITEM_KEY, BLOCK_GROUP_ITEM_KEY, DEV_EXTENT_KEY,
                        DEV_ITEM_KEY, CHUNK_ITEM_KEY, UUID_KEY_SUBVOL}) {
    const ItemOfType found = finder.find(type);
    ASSERT_TRUE(found.place.has_value()) << key_type_name(type) << ": " << found.problem;
    EXPECT_EQ(finder.key_of(*found.place).type, type);
  }
}

TEST(ItemFinder, WhatIsNotThereIsNotFoundAndIsNoProblem) {
  Finder finder;
  for (const u8 type : {VERITY_DESC_ITEM_KEY, RAID_STRIPE_KEY, QGROUP_INFO_KEY}) {
    const ItemOfType found = finder.find(type);
    EXPECT_FALSE(found.place.has_value()) << key_type_name(type);
    EXPECT_EQ(found.problem, "");
  }
  EXPECT_GT(finder.leaves, 0u);
}

TEST(ItemFinder, FromItemToItemItVisitsEachOnce) {
  Finder finder;
  std::set<std::pair<u64, Key>> seen;
  std::optional<std::pair<u64, Key>> at;
  for (;;) {
    const ItemOfType found = finder.find(ROOT_ITEM_KEY, at);
    if (!found.place) break;
    at = {found.place->block.tree, finder.key_of(*found.place)};
    ASSERT_TRUE(seen.insert(*at).second) << key_text(at->second);
  }
  // The subvolumes among them: the top, home and its three snapshots.
  std::size_t subvolumes = 0;
  for (const auto& [tree, key] : seen) {
    EXPECT_EQ(tree, ROOT_TREE_OBJECTID);
    if (is_subvolume_id(key.objectid)) subvolumes++;
  }
  EXPECT_EQ(subvolumes, 5u);
}

TEST(ItemFinder, NobodyWaitsForWhatWasDropped) {
  Finder finder;
  finder.dropped = true;
  EXPECT_FALSE(finder.find(VERITY_DESC_ITEM_KEY).place.has_value());
  EXPECT_EQ(finder.leaves, 0u);
}

TEST(ItemFinder, EveryTypeWithACardMayBeInSomeTree) {
  for (const ItemCard& card : item_cards()) {
    bool may = false;
    for (const u64 tree : {u64{1}, u64{2}, u64{3}, u64{4}, u64{5}, u64{9}, u64{10}, u64{256}})
      may = may || may_hold(tree, card.type);
    EXPECT_TRUE(may) << key_type_name(card.type);
  }
}

}  // namespace
}  // namespace canopy
