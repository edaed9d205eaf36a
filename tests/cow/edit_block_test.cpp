#include "cow/edit_block.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace canopy {
namespace {

ExtentBuffer empty_block(u8 level) {
  ExtentBuffer block(65536, std::vector<u8>(4096));
  block.mutable_bytes()[offsetof(Header, level)] = level;
  return block;
}

using Model = std::map<Key, std::vector<u8>>;

std::vector<u8> value(Random& random) {
  std::vector<u8> bytes(static_cast<std::size_t>(random.below(60)));
  for (u8& byte : bytes)
    byte = static_cast<u8>(random.next());
  return bytes;
}

void expect_equal(const ExtentBuffer& leaf, const Model& model) {
  ASSERT_EQ(leaf.nritems(), model.size());
  u32 slot = 0, used = 0;
  for (const auto& [key, data] : model) {
    ASSERT_EQ(leaf.key(slot), key);
    ASSERT_TRUE(std::ranges::equal(leaf.item(slot), data));
    used += static_cast<u32>(sizeof(Item) + data.size());
    ++slot;
  }
  EXPECT_EQ(leaf_used_bytes(leaf), used);
  EXPECT_EQ(leaf_free_bytes(leaf), leaf.leaf_data_size() - used);
}

TEST(EditLeaf, HoldsTheItemsThatRandomEditsLeave) {
  Random random(5);
  ExtentBuffer leaf = empty_block(0);
  Model model;
  for (int i = 0; i < 4000; ++i) {
    Key key{256 + random.below(60), 200, 0};
    bool found = false;
    u32 slot = leaf.lower_bound(key, found);
    std::vector<u8> data = value(random);
    auto size = static_cast<u32>(data.size());
    if (found && random.below(2) == 0) {
      remove_items(leaf, slot, 1);
      model.erase(key);
    } else if (found) {
      if (size > leaf.item_size(slot) && leaf_free_bytes(leaf) < size) continue;
      u32 kept = std::min(size, leaf.item_size(slot));
      MutableBytes place = resize_item(leaf, slot, size);
      ASSERT_TRUE(std::ranges::equal(place.first(kept), Bytes(model[key]).first(kept)));
      std::ranges::copy(data, place.begin());
      model[key] = data;
    } else if (leaf_free_bytes(leaf) >= size + sizeof(Item)) {
      std::ranges::copy(data, insert_item(leaf, slot, key, size).begin());
      model[key] = data;
    }
    if (i % 50 == 0) expect_equal(leaf, model);
  }
  expect_equal(leaf, model);
}

TEST(EditLeaf, MovesItemsToANeighbourInOrder) {
  ExtentBuffer left = empty_block(0), right = empty_block(0);
  for (u32 i = 0; i < 10; ++i)
    std::ranges::fill(insert_item(left, i, {256 + i, 200, 0}, 10 + i), static_cast<u8>(i));
  move_items(left, 4, 6, right, 0);
  ASSERT_EQ(left.nritems(), 4u);
  ASSERT_EQ(right.nritems(), 6u);
  for (u32 i = 0; i < 6; ++i) {
    EXPECT_EQ(right.key(i).objectid, 260u + i);
    EXPECT_EQ(right.item(i).size(), 14u + i);
    EXPECT_EQ(right.item(i)[0], 4 + i);
  }
}

TEST(EditNode, PointersComeAndGoWhereTheyAreTold) {
  ExtentBuffer node = empty_block(1), other = empty_block(1);
  for (u32 i = 0; i < 20; ++i)
    insert_pointer(node, i / 2, {{i, 1, 0}, 4096 * (i + 1), i});
  remove_pointers(node, 3, 2);
  move_pointers(node, 10, 8, other, 0);
  ASSERT_EQ(node.nritems(), 10u);
  ASSERT_EQ(other.nritems(), 8u);
  NodePointer pointer = node_pointer(other, 7);
  set_key(other, 7, {99, 1, 0});
  EXPECT_EQ(other.blockptr(7), pointer.blockptr);
  EXPECT_EQ(other.key(7).objectid, 99u);
}

}  // namespace
}  // namespace canopy
