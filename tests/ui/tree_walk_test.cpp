#include "ui/tree_walk.h"

#include <gtest/gtest.h>

#include <map>

namespace canopy::ui {
namespace {

// Two trees: of one node with three leaves of two items, and of a leaf alone.
//
//   [      10      ]
//   [20] [21] [22]     [30]
class TreeWalkTest : public testing::Test {
 protected:
  TreeWalkTest() {
    add_node(10, {20, 21, 22});
    for (const u64 leaf : {20U, 21U, 22U, 30U})
      add_leaf(leaf);
    trees_ = place_trees({{10, 5, 1, 1}, {30, 5, 2, 0}}, {"first", "second"}, {4, 1});
  }

  void add_node(u64 logical, const std::vector<u64>& children) {
    BlockView& view = add(logical, 1);
    for (const u64 child : children)
      view.entries.push_back({.key = {child, 1, 0}, .blockptr = child, .generation = 5});
  }
  void add_leaf(u64 logical) {
    BlockView& view = add(logical, 0);
    for (const u64 offset : {0U, 1U})
      view.entries.push_back({.key = {logical, 1, offset}});
  }
  BlockView& add(u64 logical, u8 level) {
    auto view = std::make_shared<BlockView>();
    view->logical = logical;
    view->level = level;
    blocks_[logical] = view;
    return *view;
  }

  TreeWalk go(TreeMove move) {
    const TreeWalk walk = walk_trees(trees_, at_, move, [&](const BlockAddress& address) {
      const auto found = blocks_.find(address.logical);
      return found == blocks_.end() ? nullptr : BlockViewPtr(found->second);
    });
    if (walk.outcome == TreeWalk::Outcome::moved) at_ = walk.place;
    return walk;
  }
  u64 block(TreeMove move) {
    const TreeWalk walk = go(move);
    return walk.outcome == TreeWalk::Outcome::moved ? walk.place.block.logical : 0;
  }

  std::map<u64, std::shared_ptr<BlockView>> blocks_;
  std::vector<PlacedTree> trees_;
  std::optional<TreePlace> at_;
};

TEST_F(TreeWalkTest, BeginsAtTheFirstRoot) { EXPECT_EQ(block(TreeMove::down), 10u); }

TEST_F(TreeWalkTest, GoesDownToTheItemsAndUpAgain) {
  go(TreeMove::down);
  EXPECT_EQ(block(TreeMove::down), 20u);
  EXPECT_FALSE(at_->slot);
  for (const u32 slot : {0u, 1u}) {
    EXPECT_EQ(block(TreeMove::down), 20u);
    EXPECT_EQ(at_->slot, slot);
  }
  EXPECT_EQ(go(TreeMove::down).outcome, TreeWalk::Outcome::nothing_there);
  EXPECT_EQ(block(TreeMove::up), 20u);
  EXPECT_EQ(at_->slot, 0u);
  EXPECT_EQ(block(TreeMove::up), 20u);
  EXPECT_FALSE(at_->slot);
  EXPECT_EQ(block(TreeMove::up), 10u);
  EXPECT_EQ(go(TreeMove::up).outcome, TreeWalk::Outcome::nothing_there);
}

TEST_F(TreeWalkTest, GoesAlongALevelAndIntoTheNextTree) {
  at_ = TreePlace{{20, 5, 1, 0}, 1};
  for (const u64 next : {21U, 22U, 30U})
    EXPECT_EQ(block(TreeMove::right), next);
  EXPECT_EQ(at_->block.tree, 2u);
  EXPECT_EQ(go(TreeMove::right).outcome, TreeWalk::Outcome::nothing_there);
  for (const u64 next : {22U, 21U, 20U})
    EXPECT_EQ(block(TreeMove::left), next);
  EXPECT_EQ(go(TreeMove::left).outcome, TreeWalk::Outcome::nothing_there);
}

TEST_F(TreeWalkTest, SaysWhereTheBlockLiesOnTheAxis) {
  at_ = TreePlace{{20, 5, 1, 0}, std::nullopt};
  const TreeWalk walk = go(TreeMove::right);
  const double third = (trees_[0].end - trees_[0].begin) / 3;
  EXPECT_DOUBLE_EQ(walk.begin, trees_[0].begin + third);
  EXPECT_DOUBLE_EQ(walk.end, trees_[0].begin + 2 * third);
}

TEST_F(TreeWalkTest, WaitsForWhatWasNotRead) {
  at_ = TreePlace{{22, 5, 1, 0}, std::nullopt};
  const auto node = blocks_.extract(10);
  EXPECT_EQ(go(TreeMove::left).outcome, TreeWalk::Outcome::unread);
  EXPECT_EQ(at_->block.logical, 22u);
}

TEST_F(TreeWalkTest, GoesToTheRootFromWhatTheTreeDoesNotHave) {
  add_leaf(99);
  at_ = TreePlace{{99, 4, 1, 0}, 0};
  EXPECT_EQ(block(TreeMove::right), 10u);
  at_ = TreePlace{{30, 5, 77, 0}, std::nullopt};
  EXPECT_EQ(block(TreeMove::up), 10u);
}

TEST_F(TreeWalkTest, LeavesWhatCannotBeRead) {
  blocks_[21]->entries.clear();
  blocks_[21]->problem = "checksum";
  at_ = TreePlace{{21, 5, 1, 0}, std::nullopt};
  EXPECT_EQ(block(TreeMove::right), 10u);
}

}  // namespace
}  // namespace canopy::ui
