#include "ui/pinch.h"

#include <gtest/gtest.h>

namespace canopy::ui {
namespace {

TEST(PinchTracker, OneFingerIsNoPinch) {
  PinchTracker tracker;
  tracker.put(1, 10, 10);
  tracker.put(1, 50, 10);
  EXPECT_FALSE(tracker.is_pinching());
  EXPECT_FALSE(tracker.take().is_there);
}

TEST(PinchTracker, TwoFingersZoomByHowMuchFurtherApartTheyAre) {
  PinchTracker tracker;
  tracker.put(1, 100, 100);
  tracker.put(1, 140, 100);  // alone: no part of the pinch
  tracker.put(2, 240, 100);
  tracker.put(2, 340, 100);
  const Pinch pinch = tracker.take();
  EXPECT_TRUE(pinch.is_there);
  EXPECT_FLOAT_EQ(pinch.zoom, 2);
  EXPECT_FLOAT_EQ(pinch.x, 240);
  EXPECT_FLOAT_EQ(pinch.dx, 50);
  // Since then nothing has moved.
  const Pinch again = tracker.take();
  EXPECT_FLOAT_EQ(again.zoom, 1);
  EXPECT_FLOAT_EQ(again.dx, 0);
}

TEST(PinchTracker, FingersThatMoveTogetherPan) {
  PinchTracker tracker;
  tracker.put(1, 100, 100);
  tracker.put(2, 200, 100);
  tracker.put(1, 130, 90);
  tracker.put(2, 230, 90);
  const Pinch pinch = tracker.take();
  EXPECT_FLOAT_EQ(pinch.zoom, 1);
  EXPECT_FLOAT_EQ(pinch.dx, 30);
  EXPECT_FLOAT_EQ(pinch.dy, -10);
}

TEST(PinchTracker, APinchLastsUntilTheLastFingerHasLeft) {
  PinchTracker tracker;
  tracker.put(1, 100, 100);
  tracker.put(2, 200, 100);
  tracker.lift(1);
  EXPECT_TRUE(tracker.is_pinching());
  EXPECT_FALSE(tracker.take().is_there);
  tracker.lift(2);
  EXPECT_FALSE(tracker.is_pinching());
}

TEST(PinchTracker, FingersOnTheSamePointDoNotZoom) {
  PinchTracker tracker;
  tracker.put(1, 100, 100);
  tracker.put(2, 100, 100);
  tracker.put(2, 300, 100);
  EXPECT_FLOAT_EQ(tracker.take().zoom, 1);
  tracker.put(2, 500, 100);
  EXPECT_FLOAT_EQ(tracker.take().zoom, 2);
}

}  // namespace
}  // namespace canopy::ui
