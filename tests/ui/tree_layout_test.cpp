#include "ui/tree_layout.h"

#include <gtest/gtest.h>

#include <map>

namespace canopy::ui {
namespace {

// A tree of any size that exists only as far as it is looked at: every block says from its address
// what its children are.
class MadeUpTree {
 public:
  MadeUpTree(u8 level, u32 fanout, u32 items) : level_(level), fanout_(fanout), items_(items) {}

  BlockAddress root() const { return {1, 10, 5, level_}; }

  BlockViewPtr find(const BlockAddress& address) {
    looked_at_++;
    auto view = std::make_shared<BlockView>();
    view->logical = address.logical;
    view->level = address.level;
    view->generation = address.generation;
    view->entries.resize(address.level == 0 ? items_ : fanout_);
    for (u32 i = 0; i < view->entries.size(); i++) {
      view->entries[i].blockptr = address.logical * 1000 + i;
      view->entries[i].generation = 1 + i % 3;
    }
    return view;
  }
  u32 looked_at() const { return looked_at_; }

 private:
  u8 level_;
  u32 fanout_, items_;
  u32 looked_at_ = 0;
};

constexpr TreeMetrics metrics{.width = 1000,
                              .height = 600,
                              .title = 24,
                              .band = 22,
                              .gap = 4,
                              .text_row = 18,
                              .text_width = 200};

std::vector<PlacedTree> one(const BlockAddress& root) { return place_trees({root}, {"tree"}, {1}); }

TEST(TreeLayout, DividesANodeAmongItsChildrenInEqualParts) {
  MadeUpTree tree(1, 4, 3);
  Axis axis;
  const TreeCanvas canvas = layout_trees(one(tree.root()), axis, metrics,
                                         [&](const BlockAddress& a) { return tree.find(a); });
  ASSERT_EQ(canvas.boxes.size(), 5u);
  EXPECT_EQ(canvas.boxes[0].rect.y, 24);
  EXPECT_EQ(canvas.boxes[0].rect.width, 999);
  for (u32 i = 0; i < 4; i++) {
    EXPECT_EQ(canvas.boxes[i + 1].rect, (Rect{250.0f * static_cast<float>(i), 50, 249, 22}));
  }
  EXPECT_EQ(canvas.items.size(), 12u);
  EXPECT_TRUE(canvas.items[0].has_text);
  EXPECT_TRUE(canvas.wanted.empty());
}

TEST(TreeLayout, LooksOnlyAtWhatIsSeenHoweverLargeTheTree) {
  // 400 x 400 x 400 leaves.
  MadeUpTree tree(3, 400, 100);
  Axis axis;
  const auto find = [&](const BlockAddress& a) { return tree.find(a); };
  for (int i = 0; i < 40; i++) {
    const u32 before = tree.looked_at();
    const TreeCanvas canvas = layout_trees(one(tree.root()), axis, metrics, find);
    EXPECT_LE(tree.looked_at() - before, 300u) << axis.span();
    EXPECT_LE(canvas.boxes.size(), 2600u) << axis.span();
    EXPECT_LE(canvas.items.size(), 4000u) << axis.span();
    EXPECT_FALSE(canvas.boxes.empty());
    axis.zoom(2, 333, 1000);
  }
}

TEST(TreeLayout, WhatArrivesLaterMovesNothing) {
  MadeUpTree tree(2, 50, 10);
  Axis axis;
  axis.zoom(30, 500, 1000);
  const auto all = [&](const BlockAddress& a) { return tree.find(a); };
  const TreeCanvas late = layout_trees(one(tree.root()), axis, metrics, all);
  const TreeCanvas early =
      layout_trees(one(tree.root()), axis, metrics,
                   [&](const BlockAddress& a) { return a.level == 2 ? tree.find(a) : nullptr; });
  ASSERT_FALSE(early.wanted.empty());
  std::map<u64, Rect> places;
  for (const TreeBox& box : late.boxes)
    places[box.address.logical] = box.rect;
  for (const TreeBox& box : early.boxes) {
    if (box.kind != TreeBox::Kind::block) continue;
    EXPECT_EQ(places.at(box.address.logical), box.rect);
  }
}

TEST(TreeLayout, DrawsChildrenThatAreTooNarrowAsRuns) {
  MadeUpTree tree(1, 490, 10);
  Axis axis;
  TreeMetrics narrow = metrics;
  narrow.width = 200;
  const TreeCanvas canvas = layout_trees(one(tree.root()), axis, narrow,
                                         [&](const BlockAddress& a) { return tree.find(a); });
  u32 counted = 0;
  for (const TreeBox& box : canvas.boxes) {
    if (box.kind == TreeBox::Kind::run) counted += box.count;
  }
  EXPECT_EQ(counted, 490u);
  EXPECT_LE(canvas.boxes.size(), 102u);
}

TEST(TreeLayout, FindsWhatIsUnderThePointer) {
  MadeUpTree tree(1, 4, 3);
  const TreeCanvas canvas = layout_trees(one(tree.root()), Axis(), metrics,
                                         [&](const BlockAddress& a) { return tree.find(a); });
  const TreeBox* box = canvas.box_at(300, 60);
  ASSERT_NE(box, nullptr);
  EXPECT_EQ(box->address.logical, 1001u);
  const ItemCell* item = canvas.item_at(300, 95);
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->slot, 1u);
  EXPECT_EQ(canvas.boxes[item->box].address.logical, 1001u);
  EXPECT_EQ(canvas.box_at(300, 5), nullptr);
}

TEST(TreeLayout, ShowsFewerItemsOfALeafTheCloserOneLooks) {
  MadeUpTree tree(0, 0, 150);
  Axis axis;
  const auto find = [&](const BlockAddress& a) { return tree.find(a); };
  const TreeCanvas far = layout_trees(one(tree.root()), axis, metrics, find);
  ASSERT_EQ(far.items.size(), 150u);
  axis.zoom(10, 500, 1000);
  const TreeCanvas near = layout_trees(one(tree.root()), axis, metrics, find);
  ASSERT_EQ(near.items.size(), 16u);
  EXPECT_EQ(near.items.front().slot, 67u);
  EXPECT_EQ(near.items.back().slot, 82u);
  EXPECT_TRUE(near.items.front().has_text);
}

TEST(TreeLayout, PlacesTreesSideBySideWithoutOverlap) {
  const std::vector<BlockAddress> roots(5);
  const auto trees = place_trees(roots, std::vector<std::string>(5), {1, 1'000'000, 0, 40, 7});
  double at = 0;
  for (const PlacedTree& tree : trees) {
    EXPECT_GE(tree.begin, at);
    EXPECT_GT(tree.end, tree.begin);
    at = tree.end;
  }
  EXPECT_NEAR(at, 1, 1e-9);
}

TEST(TreeLayout, AFailedBlockIsShownAndNotOpened) {
  auto broken = std::make_shared<BlockView>();
  broken->problem = "checksum mismatch";
  const TreeCanvas canvas =
      layout_trees(one({1, 1, 5, 2}), Axis(), metrics, [&](const BlockAddress&) { return broken; });
  ASSERT_EQ(canvas.boxes.size(), 1u);
  EXPECT_EQ(canvas.boxes[0].kind, TreeBox::Kind::failed);
}

TEST(TreeLayout, HangsEachBlockFromTheNodeThatPointsToIt) {
  MadeUpTree tree(2, 3, 3);
  const Axis axis;
  const TreeCanvas canvas = layout_trees(one(tree.root()), axis, metrics,
                                         [&](const BlockAddress& a) { return tree.find(a); });
  ASSERT_EQ(canvas.boxes.size(), 13u);
  EXPECT_EQ(canvas.boxes[0].parent, TreeBox::none);
  for (std::size_t i = 1; i < canvas.boxes.size(); i++) {
    const TreeBox& box = canvas.boxes[i];
    ASSERT_LT(box.parent, i);
    const TreeBox& parent = canvas.boxes[box.parent];
    EXPECT_EQ(parent.address.level, box.address.level + 1);
    EXPECT_EQ(box.address.logical / 1000, parent.address.logical);
    EXPECT_LE(parent.begin, box.begin);
    EXPECT_GE(parent.end, box.end - 1e-12);
  }
}

TEST(TreeLayout, GivesNoMoreThanTheWindowHoldsOfAMillionBlocksPannedAndZoomed) {
  // Ten trees of 47 x 47 x 46 leaves: 1,038,530 blocks.
  MadeUpTree tree(3, 47, 60);
  std::vector<BlockAddress> roots;
  for (u64 i = 0; i < 10; i++)
    roots.push_back({i + 1, 10, 256 + i, 3});
  const auto trees =
      place_trees(roots, std::vector<std::string>(10, "tree"), std::vector<u64>(10, 103'853));
  const auto find = [&](const BlockAddress& a) { return tree.find(a); };
  Axis axis;
  for (int i = 0; i < 200; i++) {
    const u32 before = tree.looked_at();
    const TreeCanvas canvas = layout_trees(trees, axis, metrics, find);
    // Two pixels a box, on four levels, and a box for each that is cut.
    EXPECT_LE(canvas.boxes.size(), 4u * 500 + 50) << i;
    EXPECT_LE(canvas.items.size(), 4000u) << i;
    EXPECT_LE(tree.looked_at() - before, 500u) << i;
    axis.zoom(i < 100 ? 1.15 : 1 / 1.15, 333 + i, 1000);
    axis.pan(i % 2 == 0 ? 40 : -37, 1000);
  }
}

}  // namespace
}  // namespace canopy::ui
