#include "tree/tree_check.h"

#include <gtest/gtest.h>

#include "filesystem/filesystem.h"
#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

constexpr u64 TREE = QUOTA_TREE_OBJECTID;

// A leaf of three items, or the node above such leaves, after a change; the message of its check.
std::string leaf_refusal(const std::function<void(MutableBytes)>& edit) {
  TestImage image = ImageBuilder({.nodesize = 4096})
                        .tree(TREE, {opaque_item({1, TEMPORARY_ITEM_KEY, 1}, 10),
                                     opaque_item({2, TEMPORARY_ITEM_KEY, 1}, 20),
                                     opaque_item({3, TEMPORARY_ITEM_KEY, 1}, 30)})
                        .build();
  auto filesystem = must(Filesystem::open(image.devices()));
  ExtentBuffer leaf = *must(read_root(filesystem->cache(), image.root(TREE)));
  edit(leaf.mutable_bytes());
  return error_text(tree_check(leaf, 4096));
}

std::string node_refusal(const std::function<void(MutableBytes)>& edit) {
  TestImage image = ImageBuilder({.nodesize = 4096})
                        .tree(TREE,
                              {opaque_item({1, TEMPORARY_ITEM_KEY, 1}, 10),
                               opaque_item({2, TEMPORARY_ITEM_KEY, 1}, 20)},
                              1)
                        .build();
  auto filesystem = must(Filesystem::open(image.devices()));
  ExtentBuffer node = *must(read_root(filesystem->cache(), image.root(TREE)));
  edit(node.mutable_bytes());
  return error_text(tree_check(node, 4096));
}

template <typename T>
auto setter(std::size_t offset, T value) {
  return [=](MutableBytes block) { store_le<T>(block.data() + offset, value); };
}

constexpr std::size_t item_at(u32 slot) { return sizeof(Header) + slot * sizeof(Item); }
constexpr std::size_t pointer_at(u32 slot) { return sizeof(Header) + slot * sizeof(KeyPtr); }

TEST(TreeCheck, TakesALeafAndANode) {
  EXPECT_EQ(leaf_refusal([](MutableBytes) {}), "");
  EXPECT_EQ(node_refusal([](MutableBytes) {}), "");
}

TEST(TreeCheck, RefusesLevelsAndCountsThatCannotBe) {
  EXPECT_NE(leaf_refusal(setter<u8>(offsetof(Header, level), 8)), "");
  EXPECT_NE(leaf_refusal(setter<u8>(offsetof(Header, level), 255)), "");
  EXPECT_NE(leaf_refusal(setter<u32>(offsetof(Header, nritems), 160)), "");
  EXPECT_NE(leaf_refusal(setter<u32>(offsetof(Header, nritems), ~u32{0})), "");
  EXPECT_NE(node_refusal(setter<u32>(offsetof(Header, nritems), 122)), "");
  EXPECT_NE(node_refusal(setter<u32>(offsetof(Header, nritems), 0)), "");
}

TEST(TreeCheck, RefusesKeysOutOfOrder) {
  EXPECT_NE(leaf_refusal(setter<u64>(item_at(1), 1)), "");
  EXPECT_NE(leaf_refusal(setter<u64>(item_at(1), 0)), "");
  EXPECT_NE(node_refusal(setter<u64>(pointer_at(1), 1)), "");
}

TEST(TreeCheck, RefusesItemDataThatLeavesItsPlace) {
  const u32 end = 4096 - sizeof(Header);
  EXPECT_NE(leaf_refusal(setter<u32>(item_at(0) + offsetof(Item, offset), end - 9)), "");
  EXPECT_NE(leaf_refusal(setter<u32>(item_at(0) + offsetof(Item, size), 11)), "");
  EXPECT_NE(leaf_refusal(setter<u32>(item_at(0) + offsetof(Item, size), ~u32{0})), "");
  EXPECT_NE(leaf_refusal(setter<u32>(item_at(1) + offsetof(Item, offset), end - 10)), "");
  EXPECT_NE(leaf_refusal(setter<u32>(item_at(2) + offsetof(Item, offset), ~u32{0})), "");
  // Data that reaches down into the items.
  EXPECT_NE(leaf_refusal([&](MutableBytes block) {
              store_le<u32>(block.data() + item_at(2) + offsetof(Item, offset), 3 * 25 - 1);
              store_le<u32>(block.data() + item_at(2) + offsetof(Item, size),
                            end - 30 - 3 * 25 + 1);
            }),
            "");
}

TEST(TreeCheck, RefusesPointersToNowhere) {
  EXPECT_NE(node_refusal(setter<u64>(pointer_at(1) + offsetof(KeyPtr, blockptr), 0)), "");
  EXPECT_NE(node_refusal(setter<u64>(pointer_at(0) + offsetof(KeyPtr, blockptr), 4097)), "");
}

}  // namespace
}  // namespace canopy
