#include "ui/view_undo.h"

#include <gtest/gtest.h>

namespace canopy::ui {
namespace {

TEST(ViewUndo, GoesBackAndForthThroughWhatWasSeen) {
  ViewUndo<int> undo;
  undo.note(1, 0);
  EXPECT_FALSE(undo.can_undo());
  undo.note(2, 10);
  undo.note(2, 11);
  undo.note(3, 20);
  EXPECT_EQ(undo.undo(), 2);
  EXPECT_EQ(undo.undo(), 1);
  EXPECT_FALSE(undo.can_undo());
  EXPECT_EQ(undo.redo(), 2);
  EXPECT_EQ(undo.redo(), 3);
  EXPECT_FALSE(undo.can_redo());
}

TEST(ViewUndo, WhatFollowsWithinAMomentIsOneChange) {
  ViewUndo<int> undo;
  undo.note(1, 0);
  for (int i = 0; i < 10; ++i)
    undo.note(2 + i, 5 + 0.1 * i);
  EXPECT_EQ(undo.undo(), 1);
  EXPECT_EQ(undo.redo(), 11);
}

TEST(ViewUndo, AChangeAfterAnUndoForgetsWhatWasAhead) {
  ViewUndo<int> undo;
  undo.note(1, 0);
  undo.note(2, 10);
  undo.note(3, 20);
  EXPECT_EQ(undo.undo(), 2);
  undo.note(2, 20.1);  // it is shown: no change
  EXPECT_TRUE(undo.can_redo());
  undo.note(7, 20.2);
  EXPECT_FALSE(undo.can_redo());
  EXPECT_EQ(undo.undo(), 2);
}

TEST(ViewUndo, OfVeryManyChangesTheLastAreKept) {
  ViewUndo<int> undo;
  for (int i = 0; i < 1000; ++i)
    undo.note(i, i);
  int count = 0;
  while (undo.can_undo()) {
    (void)undo.undo();
    ++count;
  }
  EXPECT_GT(count, 50);
  EXPECT_LT(count, 200);
}

}  // namespace
}  // namespace canopy::ui
