#include "ui/shell_layout.h"

#include <gtest/gtest.h>

#include <cmath>

namespace canopy::ui {
namespace {

bool overlap(const Rect& a, const Rect& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

void expect_sound(const ShellLayout& layout, float width, float height) {
  const Rect parts[] = {layout.bar,    layout.left_upper, layout.left_lower,
                        layout.canvas, layout.inspector,  layout.tables};
  for (const Rect& part : parts) {
    EXPECT_GT(part.width, 0) << width << " x " << height;
    EXPECT_GT(part.height, 0) << width << " x " << height;
    EXPECT_GE(part.x, 0);
    EXPECT_GE(part.y, 0);
    EXPECT_LE(part.right(), width);
    EXPECT_LE(part.bottom(), height);
    EXPECT_EQ(part.x, std::round(part.x));
    EXPECT_EQ(part.width, std::round(part.width));
    for (const Rect& other : parts) {
      EXPECT_TRUE(&part == &other || !overlap(part, other)) << width << " x " << height;
    }
  }
}

TEST(ShellLayout, PartsNeverOverlapAndStayInTheWindow) {
  for (const float scale : {1.0f, 1.25f, 2.0f}) {
    for (const float width : {700.0f, 899.0f, 1024.0f, 1440.0f, 3840.0f}) {
      for (const float height : {480.0f, 768.0f, 2160.0f}) {
        const float w = std::floor(width * scale);
        const float h = std::floor(height * scale);
        expect_sound(layout_shell(w, h, scale, {}), w, h);
      }
    }
  }
}

TEST(ShellLayout, NoSplitterPressesAPartOutOfSight) {
  for (const float at : {0.0f, 0.5f, 1.0f}) {
    const Splits splits{.left = at, .right = at, .bottom = at, .left_lower = at};
    expect_sound(layout_shell(1280, 800, 1, splits), 1280, 800);
  }
}

TEST(ShellLayout, ASplitterGoesWhereItIsDragged) {
  const float width = 1600;
  const float height = 1000;
  Splits splits;
  splits = drag_left(splits, 400, width);
  splits = drag_right(splits, 1200, width);
  splits = drag_bottom(splits, 700, height);
  const ShellLayout layout = layout_shell(width, height, 1, splits);
  EXPECT_NEAR(layout.split_left.x, 400, 3);
  EXPECT_NEAR(layout.split_right.right(), 1200, 3);
  EXPECT_NEAR(layout.split_bottom.bottom(), 700, 3);
  const Splits lower = drag_left_lower(splits, 600, layout);
  EXPECT_NEAR(layout_shell(width, height, 1, lower).split_left_lower.bottom(), 600, 3);
}

TEST(ShellLayout, ANarrowWindowPutsTheInspectorBesideTheTables) {
  const ShellLayout layout = layout_shell(800, 600, 1, {});
  EXPECT_TRUE(layout.narrow);
  EXPECT_EQ(layout.inspector.y, layout.tables.y);
  EXPECT_FALSE(layout_shell(1400, 600, 1, {}).narrow);
}

TEST(ShellLayout, AWindowAsSmallAsAPhonesShowsOnePartAboveASwitcher) {
  for (const float scale : {1.0f, 2.0f, 3.0f}) {
    for (const auto& [width, height] : {std::pair(390.0f, 844.0f), std::pair(844.0f, 390.0f)}) {
      const float w = width * scale;
      const float h = height * scale;
      const ShellLayout layout = layout_shell(w, h, scale, {});
      ASSERT_TRUE(layout.single);
      EXPECT_EQ(layout.canvas, layout.inspector);
      EXPECT_EQ(layout.canvas, layout.left_lower);
      EXPECT_EQ(layout.canvas.width, w);
      EXPECT_EQ(layout.bar.bottom(), layout.canvas.y);
      EXPECT_EQ(layout.canvas.bottom(), layout.switcher.y);
      EXPECT_EQ(layout.switcher.bottom(), h);
      EXPECT_EQ(layout.split_left, Rect());
      EXPECT_GT(layout.canvas.height, h / 2);
    }
  }
  EXPECT_FALSE(layout_shell(1280, 720, 1, {}).single);
}

TEST(ShellLayout, ACardLiesBesideWhatItSpeaksOfIfThereIsRoom) {
  const Rect room{0, 0, 1000, 600};
  for (const Rect& lit : {Rect{0, 0, 300, 300}, Rect{700, 0, 300, 600}, Rect{300, 0, 400, 350},
                          Rect{0, 400, 1000, 200}, Rect{}}) {
    const Rect card = place_card(room, lit, 300, 200, 8);
    EXPECT_FALSE(overlap(card, lit)) << lit.x << ", " << lit.y;
    EXPECT_GE(card.x, 0);
    EXPECT_GE(card.y, 0);
    EXPECT_LE(card.right(), 1000);
    EXPECT_LE(card.bottom(), 600);
  }
  // Where there is none it stays in the room all the same.
  const Rect card = place_card(room, room, 300, 200, 8);
  EXPECT_GE(card.x, 0);
  EXPECT_LE(card.bottom(), 600);
}

TEST(ShellLayout, SplittersAreRememberedAsText) {
  const Splits splits{0.25f, 0.5f, 0.125f, 0.75f};
  const auto again = parse_splits(splits_text(splits));
  ASSERT_TRUE(again.has_value());
  EXPECT_FLOAT_EQ(again->left, 0.25f);
  EXPECT_FLOAT_EQ(again->left_lower, 0.75f);
  for (const char* text : {"", "0.1 0.2 0.3", "0.1 0.2 0.3 1.5", "a b c d", "0.1 nan 0.2 0.3"}) {
    EXPECT_FALSE(parse_splits(text).has_value()) << text;
  }
}

// While there is no image, its parts leave their places to what is said of a stream.
TEST(ShellLayout, GivesTheWholeWindowToAStream) {
  for (const float width : {1440.0f, 800.0f}) {
    const ShellLayout image = layout_shell(width, 900, 1, {});
    const ShellLayout stream = layout_of_stream(image);
    EXPECT_EQ(stream.left_upper.bottom(), 900);
    EXPECT_EQ(stream.tables.x, image.canvas.x);
    EXPECT_EQ(stream.inspector.right(), width);
    EXPECT_EQ(stream.inspector.bottom(), 900);
    EXPECT_EQ(stream.canvas.width, 0);
    if (image.narrow) {
      EXPECT_EQ(stream.inspector.x, stream.tables.x);
      EXPECT_LT(stream.tables.bottom(), stream.inspector.y);
    } else {
      EXPECT_EQ(stream.tables.bottom(), 900);
      EXPECT_LT(stream.tables.right(), stream.inspector.x);
    }
  }
}

}  // namespace
}  // namespace canopy::ui
