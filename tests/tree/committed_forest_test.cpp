#include "tree/committed_forest.h"

#include <gtest/gtest.h>

#include <cstring>

#include "filesystem/filesystem.h"
#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

TEST(CommittedForest, FindsTreesByTheirIdAndNothingForOthers) {
  TestImage image = ImageBuilder().tree(5, {}).tree(300, {}).build();
  auto filesystem = must(Filesystem::open(image.devices()));
  CommittedForest& forest = filesystem->forest();
  auto root = must(forest.root(300));
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->pointer().bytenr, image.root(300).bytenr);
  EXPECT_FALSE(root->is_read_only());
  EXPECT_FALSE(root->is_dead());
  EXPECT_EQ(must(forest.root(300)), root);
  EXPECT_EQ(must(forest.root(299)), nullptr);
  EXPECT_EQ(must(forest.root(~u64{0})), nullptr);
  EXPECT_EQ(must(forest.root(ROOT_TREE_OBJECTID))->pointer().bytenr,
            image.root(ROOT_TREE_OBJECTID).bytenr);
  EXPECT_EQ(forest.generation(), 7u);
}

TEST(CommittedForest, OfSeveralRootItemsTheLastCounts) {
  // A snapshot's root item has the transaction that made it in its key's offset.
  RootPointer pointer{400, 1 << 20, 6, 0};
  RootItem item = root_item_of(pointer);
  item.flags = ROOT_SUBVOL_RDONLY;
  TestImage image = ImageBuilder()
                        .tree(ROOT_TREE_OBJECTID, {{{400, ROOT_ITEM_KEY, 3}, item_bytes(item)},
                                                   {{400, ROOT_ITEM_KEY, 6}, item_bytes(item)}})
                        .build();
  image.edit_block(image.root(ROOT_TREE_OBJECTID).bytenr, [](MutableBytes) {});
  auto filesystem = must(Filesystem::open(image.devices()));
  auto root = must(filesystem->forest().root(400));
  ASSERT_NE(root, nullptr);
  EXPECT_TRUE(root->is_read_only());
  EXPECT_EQ(root->pointer().generation, 6u);
}

TEST(ParseRootItem, ForgetsNewFieldsThatAnOldKernelLeftBehind) {
  RootItem item = root_item_of({256, 4096, 9, 1});
  std::memset(item.uuid, 0xab, sizeof item.uuid);
  EXPECT_EQ(must(parse_root_item(as_bytes(item), 256)).uuid[0], 0xab);
  item.generation = 10;
  EXPECT_EQ(must(parse_root_item(as_bytes(item), 256)).uuid[0], 0);
  item.generation = 9;
  RootItem old = must(parse_root_item(as_bytes(item).first(ROOT_ITEM_V0_SIZE), 256));
  EXPECT_EQ(old.bytenr, 4096u);
  EXPECT_EQ(old.uuid[0], 0);
  EXPECT_FALSE(parse_root_item(as_bytes(item).first(ROOT_ITEM_V0_SIZE - 1), 256).ok());
  item.level = MAX_LEVEL;
  EXPECT_FALSE(parse_root_item(as_bytes(item), 256).ok());
}

}  // namespace
}  // namespace canopy
