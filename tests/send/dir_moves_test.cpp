#include "send/dir_moves.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(DirMoves, AreTakenInTheOrderTheyCame) {
  DirMoves moves;
  ASSERT_TRUE(moves.add(300, {261, 7, {}}, false).ok());
  ASSERT_TRUE(moves.add(300, {259, 7, {}}, true).ok());
  ASSERT_TRUE(moves.add(301, {260, 7, {}}, false).ok());
  auto taken = moves.take_pending(300);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].ino, 261u);
  EXPECT_EQ(taken[1].ino, 259u);
  EXPECT_TRUE(moves.take_pending(300).empty());
  // Until they are applied they still wait.
  EXPECT_TRUE(moves.is_waiting_for_move(261));
  EXPECT_TRUE(moves.take_waiting(259).orphanized);
  EXPECT_FALSE(moves.is_waiting_for_move(259));
}

TEST(DirMoves, RefuseADirectoryThatWaitsAlready) {
  DirMoves moves;
  ASSERT_TRUE(moves.add(300, {261, 7, {}}, false).ok());
  auto again = moves.add(301, {261, 7, {}}, false);
  ASSERT_FALSE(again.ok());
  EXPECT_STREQ(again.error().kernel_errno(), "EEXIST");
}

TEST(DirMoves, KeepRemovalsByInodeAndGeneration) {
  DirMoves moves;
  moves.add_removal(260, 7).highest_ino = 400;
  EXPECT_TRUE(moves.is_waiting_for_removal(260, 7));
  EXPECT_FALSE(moves.is_waiting_for_removal(260, 8));
  ASSERT_NE(moves.waiting_removal(260, 7), nullptr);
  EXPECT_EQ(moves.waiting_removal(260, 7)->highest_ino, 400u);
  moves.forget_removal(260, 7);
  EXPECT_FALSE(moves.is_waiting_for_removal(260, 7));
}

}  // namespace
}  // namespace canopy
