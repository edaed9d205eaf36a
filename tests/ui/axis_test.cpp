#include "ui/axis.h"

#include <gtest/gtest.h>

namespace canopy::ui {
namespace {

TEST(Axis, ZoomKeepsWhatIsUnderThePointer) {
  Axis axis;
  const double world = axis.to_world(300, 1000);
  axis.zoom(8, 300, 1000);
  EXPECT_NEAR(axis.to_pixel(world, 1000), 300, 1e-9);
  EXPECT_NEAR(axis.span(), 1.0 / 8, 1e-12);
  axis.zoom(1.0 / 8, 300, 1000);
  EXPECT_TRUE(axis.is_fitted());
}

TEST(Axis, NeverLeavesTheWorld) {
  Axis axis;
  axis.zoom(4, 0, 1000);
  axis.pan(5000, 1000);
  EXPECT_EQ(axis.begin(), 0);
  axis.pan(-50000, 1000);
  EXPECT_NEAR(axis.end(), 1, 1e-12);
  axis.zoom(0.001, 500, 1000);
  EXPECT_EQ(axis.begin(), 0);
  EXPECT_EQ(axis.span(), 1);
}

TEST(Axis, FitShowsTheRangeWithAMargin) {
  Axis axis;
  axis.fit(0.4, 0.5, 0.1);
  EXPECT_NEAR(axis.to_pixel(0.4, 1200), 100, 1e-6);
  EXPECT_NEAR(axis.to_pixel(0.5, 1200), 1100, 1e-6);
}

TEST(Axis, HoldsAnItemAmongAMillionLeaves) {
  Axis axis;
  const double leaf = 1e-6;
  axis.fit(0.7 + leaf * 0.3, 0.7 + leaf * 0.31, 0);
  EXPECT_NEAR(axis.to_pixel(0.7 + leaf * 0.305, 1000), 500, 1e-3);
}

}  // namespace
}  // namespace canopy::ui
