#include "space/delayed_refs.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(DelayedRefs, ABlockAllocatedAndFreedLeavesNothing) {
  DelayedRefs refs;
  refs.insert_tree_block(65536, 16384, 9, 0, Key{}, Backref::tree_block(2));
  EXPECT_TRUE(refs.change(65536, 16384, false, Backref::tree_block(2), -1));
  EXPECT_TRUE(refs.empty());
}

TEST(DelayedRefs, AnExtentWithAnItemIsNotForgottenWhenChangesCancel) {
  DelayedRefs refs;
  EXPECT_FALSE(refs.change(65536, 4096, true, Backref::shared_data(1), 1));
  EXPECT_FALSE(refs.change(65536, 4096, true, Backref::shared_data(1), -1));
  EXPECT_TRUE(refs.empty());
}

TEST(DelayedRefs, ChangesOfOneExtentAddUpAndComeInTheOrderOfAddresses) {
  DelayedRefs refs;
  refs.change(8192, 4096, true, Backref::extent_data(5, 257, 0), 1);
  refs.change(4096, 4096, true, Backref::shared_data(65536), -2);
  refs.change(8192, 4096, true, Backref::extent_data(5, 257, 0), 2);
  auto first = refs.take_first(), second = refs.take_first();
  ASSERT_TRUE(first && second && refs.empty());
  EXPECT_EQ(first->bytenr, 4096u);
  EXPECT_EQ(second->changes.at(Backref::extent_data(5, 257, 0)), 3);
}

TEST(DelayedRefs, ABlockThatIsMarkedStaysInTheQueueThoughItsReferencesAddUpToNothing) {
  DelayedRefs refs;
  refs.set_full_backref(4096, 4096);
  refs.change(4096, 4096, false, Backref::tree_block(256), -1);
  refs.change(4096, 4096, false, Backref::tree_block(256), 1);
  ASSERT_NE(refs.find(4096), nullptr);
  EXPECT_TRUE(refs.find(4096)->full_backref);
  EXPECT_TRUE(refs.take_first()->changes.empty());
  EXPECT_EQ(refs.find(4096), nullptr);
}

}  // namespace
}  // namespace canopy
