#include "ui/theme.h"

#include <gtest/gtest.h>

namespace canopy::ui {
namespace {

// 4.5 is what WCAG asks of text of this size.
TEST(Theme, TextIsLegibleOnEverythingItStandsOn) {
  for (const Theme* theme : {&dark_theme(), &light_theme()}) {
    for (const Color ground : {theme->background, theme->panel, theme->hover, theme->selection}) {
      EXPECT_GE(contrast(theme->text, ground), 7.0) << theme->dark;
      EXPECT_GE(contrast(theme->error_text, ground), 4.0) << theme->dark;
    }
    EXPECT_GE(contrast(theme->secondary, theme->panel), 4.5) << theme->dark;
    EXPECT_GE(contrast(theme->secondary, theme->background), 4.5) << theme->dark;
    EXPECT_GE(contrast(theme->on_accent, theme->accent), 4.5) << theme->dark;
  }
}

TEST(Theme, ViridisRunsFromDarkToLight) {
  EXPECT_EQ(viridis(0), rgb(0x440154));
  EXPECT_EQ(viridis(1), rgb(0xfde725));
  EXPECT_EQ(viridis(-1), viridis(0));
  EXPECT_GT(contrast(viridis(0.9), rgb(0)), contrast(viridis(0.4), rgb(0)));
}

TEST(Theme, MixingGoesFromOneColorToTheOther) {
  EXPECT_EQ(mix(rgb(0x000000), rgb(0xffffff), 0), rgb(0x000000));
  EXPECT_EQ(mix(rgb(0x000000), rgb(0xffffff), 1), rgb(0xffffff));
  EXPECT_EQ(mix(rgb(0x000000), rgb(0xfefefe), 0.5), rgb(0x7f7f7f));
}

}  // namespace
}  // namespace canopy::ui
