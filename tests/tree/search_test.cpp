// Search and steps against std::map, over random trees of every depth and node size.
#include "tree/search.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "filesystem/filesystem.h"
#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

constexpr u64 TREE = QUOTA_TREE_OBJECTID;
using Model = std::map<Key, std::vector<u8>>;

Key random_key(Random& random) {
  return {random.below(12), static_cast<u8>(TEMPORARY_ITEM_KEY + random.below(2)),
          random.below(40)};
}

struct TestTree {
  TestTree(u64 seed, u32 nodesize, u32 count, u32 leaf_items, u32 pointers) {
    Random random(seed);
    for (u32 i = 0; i < count; ++i) {
      TestItem item =
          opaque_item(random_key(random), static_cast<u32>(random.below(60)), random.next());
      model[item.key] = item.data;
    }
    std::vector<TestItem> items;
    for (const auto& [key, data] : model)
      items.push_back({key, data});
    TestImage image =
        ImageBuilder({.nodesize = nodesize}).tree(TREE, items, leaf_items, pointers).build();
    filesystem = must(Filesystem::open(image.devices()));
    root = image.root(TREE);
  }
  BlockCache& cache() { return filesystem->cache(); }

  Model model;
  std::unique_ptr<Filesystem> filesystem;
  RootPointer root;
};

void expect_at(const Path& path, Model::const_iterator expected) {
  ASSERT_TRUE(path.in_leaf());
  EXPECT_EQ(path.key(), expected->first);
  EXPECT_TRUE(std::ranges::equal(path.item(), expected->second));
}

void compare(TestTree& tree, u64 seed) {
  Random random(seed);
  const Model& model = tree.model;
  for (int i = 0; i < 300; ++i) {
    Key key = random_key(random);
    Path path;
    const bool there = model.contains(key);
    ASSERT_EQ(must(search_slot(tree.cache(), tree.root, key, path)), there);
    if (there) expect_at(path, model.find(key));

    auto after = model.lower_bound(key);
    ASSERT_EQ(must(search_at_or_after(tree.cache(), tree.root, key, path)), after != model.end());
    if (after != model.end()) {
      expect_at(path, after);
      ++after;
      ASSERT_EQ(must(next_item(tree.cache(), TREE, path)), after != model.end());
      if (after != model.end()) expect_at(path, after);
    }

    auto before = model.upper_bound(key);
    ASSERT_EQ(must(search_at_or_before(tree.cache(), tree.root, key, path)),
              before != model.begin());
    if (before != model.begin()) expect_at(path, std::prev(before));
  }
}

void walk_all(TestTree& tree) {
  Path path;
  auto expected = tree.model.cbegin();
  bool more = must(search_at_or_after(tree.cache(), tree.root, Key{}, path));
  for (; more; more = must(next_item(tree.cache(), TREE, path))) {
    ASSERT_NE(expected, tree.model.cend());
    expect_at(path, expected++);
  }
  EXPECT_EQ(expected, tree.model.cend());

  // Backwards by leaves: the last slot of each.
  auto from_end = tree.model.crbegin();
  more = must(search_at_or_before(tree.cache(), tree.root, {~u64{0}, 255, ~u64{0}}, path));
  while (more) {
    for (u32 slot = path.slot() + 1; slot-- > 0; ++from_end)
      ASSERT_EQ(path.leaf().key(slot), from_end->first);
    more = must(prev_leaf(tree.cache(), TREE, path));
  }
  EXPECT_EQ(from_end, tree.model.crend());
}

TEST(Search, AgreesWithAMapOnTreesOfEveryShape) {
  u64 seed = 1;
  for (u32 nodesize : {4096u, 16384u, 65536u})
    for (u32 count : {0u, 1u, 2u, 10u, 100u, 400u})
      for (u32 leaf_items : {1u, 3u, 0u})
        for (u32 pointers : {2u, 5u, 0u}) {
          // A tree has at most eight levels.
          if (leaf_items == 1 && pointers == 2 && count > 100) continue;
          SCOPED_TRACE(fmt::format("seed {} nodesize {} items {} leaf {} node {}", seed, nodesize,
                                   count, leaf_items, pointers));
          TestTree tree(++seed, nodesize, count, leaf_items, pointers);
          compare(tree, seed);
          walk_all(tree);
        }
}

TEST(Search, StepsLeaveThePathAsItWasAtTheEnds) {
  TestTree tree(5, 4096, 50, 2, 3);
  Path path;
  ASSERT_TRUE(must(search_at_or_after(tree.cache(), tree.root, Key{}, path)));
  const Key first = path.key();
  EXPECT_FALSE(must(prev_leaf(tree.cache(), TREE, path)));
  EXPECT_EQ(path.key(), first);
  ASSERT_TRUE(must(search_at_or_before(tree.cache(), tree.root, {~u64{0}, 255, 0}, path)));
  const Key last = path.key();
  EXPECT_FALSE(must(next_leaf(tree.cache(), TREE, path)));
  EXPECT_EQ(path.key(), last);
  EXPECT_FALSE(must(next_item(tree.cache(), TREE, path)));
}

TEST(Search, StopsAtTheLevelAskedFor) {
  TestTree tree(6, 4096, 100, 2, 4);
  ASSERT_GE(tree.root.level, 2);
  Path path;
  must(search_slot(tree.cache(), tree.root, {6, TEMPORARY_ITEM_KEY, 20}, path, 1));
  EXPECT_EQ(path.nodes[0], nullptr);
  ASSERT_NE(path.nodes[1], nullptr);
  EXPECT_EQ(path.nodes[1]->level(), 1);
  const u32 slot = path.slots[1];
  EXPECT_LE(path.nodes[1]->key(slot), (Key{6, TEMPORARY_ITEM_KEY, 20}));
  if (slot + 1 < path.nodes[1]->nritems()) {
    EXPECT_GT(path.nodes[1]->key(slot + 1), (Key{6, TEMPORARY_ITEM_KEY, 20}));
  }
}

TEST(Search, ABlockThatIsItsOwnAncestorIsAnErrorNotALoop) {
  TestImage image = ImageBuilder({.nodesize = 4096})
                        .tree(TREE,
                              {opaque_item({1, TEMPORARY_ITEM_KEY, 1}, 10),
                               opaque_item({2, TEMPORARY_ITEM_KEY, 1}, 10),
                               opaque_item({3, TEMPORARY_ITEM_KEY, 1}, 10)},
                              1, 2)
                        .build();
  const u64 root = image.root(TREE).bytenr;
  image.edit_block(root, [&](MutableBytes block) {
    store_le<u64>(block.data() + sizeof(Header) + offsetof(KeyPtr, blockptr), root);
  });
  auto filesystem = must(Filesystem::open(image.devices()));
  Path path;
  auto found = search_slot(filesystem->cache(), image.root(TREE), Key{}, path);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), Code::corrupt);
  EXPECT_EQ(found.error().address(), root);
}

}  // namespace
}  // namespace canopy
