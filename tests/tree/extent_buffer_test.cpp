#include "tree/extent_buffer.h"

#include <gtest/gtest.h>

#include "filesystem/filesystem.h"
#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

// The one leaf of a tree of these items.
BlockRef leaf_of(std::vector<TestItem> items) {
  TestImage image = ImageBuilder().tree(QUOTA_TREE_OBJECTID, std::move(items)).build();
  auto filesystem = must(Filesystem::open(image.devices()));
  return must(read_root(filesystem->cache(), image.root(QUOTA_TREE_OBJECTID)));
}

TEST(ExtentBuffer, ShowsHeaderAndItems) {
  BlockRef leaf = leaf_of({{{1, TEMPORARY_ITEM_KEY, 2}, {1, 2, 3}},
                           {{1, TEMPORARY_ITEM_KEY, 5}, {}},
                           {{2, TEMPORARY_ITEM_KEY, 0}, {9}}});
  EXPECT_TRUE(leaf->is_leaf());
  EXPECT_EQ(leaf->nritems(), 3u);
  EXPECT_EQ(leaf->owner(), QUOTA_TREE_OBJECTID);
  EXPECT_EQ(leaf->generation(), 7u);
  EXPECT_EQ(leaf->bytenr(), leaf->start());
  EXPECT_EQ(leaf->flags(), HEADER_FLAG_WRITTEN);
  EXPECT_EQ(leaf->key(1), (Key{1, TEMPORARY_ITEM_KEY, 5}));
  EXPECT_EQ(leaf->item(0).size(), 3u);
  EXPECT_EQ(leaf->item(0)[2], 3);
  EXPECT_EQ(leaf->item(1).size(), 0u);
  EXPECT_EQ(leaf->item(2)[0], 9);
}

TEST(ExtentBuffer, LowerBoundIsTheFirstSlotNotBelow) {
  BlockRef leaf = leaf_of({{{1, TEMPORARY_ITEM_KEY, 2}, {}},
                           {{1, TEMPORARY_ITEM_KEY, 5}, {}},
                           {{3, TEMPORARY_ITEM_KEY, 0}, {}}});
  auto expect = [&](const Key& key, u32 slot, bool found) {
    bool was_found = !found;
    EXPECT_EQ(leaf->lower_bound(key, was_found), slot) << key_text(key);
    EXPECT_EQ(was_found, found) << key_text(key);
  };
  expect({0, 0, 0}, 0, false);
  expect({1, TEMPORARY_ITEM_KEY, 2}, 0, true);
  expect({1, TEMPORARY_ITEM_KEY, 3}, 1, false);
  expect({1, TEMPORARY_ITEM_KEY, 5}, 1, true);
  expect({1, TEMPORARY_ITEM_KEY + 1, 0}, 2, false);
  expect({2, 0, 0}, 2, false);
  expect({3, TEMPORARY_ITEM_KEY, 0}, 2, true);
  expect({~u64{0}, 255, ~u64{0}}, 3, false);
}

TEST(ExtentBuffer, ACloneStaysWhenTheBufferIsFilledAgain) {
  BlockRef leaf = leaf_of({{{1, TEMPORARY_ITEM_KEY, 2}, {7}}});
  ExtentBuffer buffer = *leaf;
  BlockRef clone = clone_block(buffer);
  for (u8& byte : buffer.mutable_bytes())
    byte = 0;
  EXPECT_EQ(clone->nritems(), 1u);
  EXPECT_EQ(clone->item(0)[0], 7);
  EXPECT_EQ(clone->start(), leaf->start());
}

}  // namespace
}  // namespace canopy
