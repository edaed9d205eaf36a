#include "ui/link.h"

#include <gtest/gtest.h>

namespace canopy::ui {
namespace {

void expect_same(const Link& link, const char* text) {
  EXPECT_EQ(link_text(link), text);
  const auto parsed = parse_link(text);
  ASSERT_TRUE(parsed) << text;
  EXPECT_EQ(parsed->view, link.view);
  EXPECT_EQ(parsed->key, link.key);
  if (!link.key) {
    EXPECT_TRUE(parsed->selection == link.selection) << text;
  }
}

TEST(Link, LeadsBackToThePlaceItWasMadeOf) {
  expect_same({View::check, {}, {}}, "view=check");
  expect_same({View::trees, {.kind = Selection::Kind::superblock}, {}}, "view=trees&superblock");
  expect_same({View::difference, {.kind = Selection::Kind::subvolume, .subvolume = 256}, {}},
              "view=difference&subvolume=256");
  expect_same({View::files,
               {.kind = Selection::Kind::file, .subvolume = 256, .ino = 257, .opened = true},
               {}},
              "view=files&subvolume=256&inode=257&open");
  expect_same({View::trees, {.kind = Selection::Kind::block, .block = {30408704, 12, 5, 1}}, {}},
              "view=trees&tree=5&block=30408704&generation=12&level=1");
  expect_same(
      {View::groups, {.kind = Selection::Kind::item, .block = {30408704, 12, 5, 0}, .slot = 3}, {}},
      "view=groups&tree=5&block=30408704&generation=12&level=0&slot=3");
  expect_same({View::trees,
               {.kind = Selection::Kind::item, .block = {30408704, 12, 5, 0}},
               Key{257, INODE_ITEM_KEY, ~u64{0}}},
              "view=trees&tree=5&key=257.1.18446744073709551615");
}

TEST(Link, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "x", "tree=5", "tree=a&key=1.2.3", "tree=5&key=1.2", "tree=5&key=1.300.2",
        "tree=5&key=1.2.3.4", "tree=5&block=1&generation=2&level=9", "subvolume=-1",
        "subvolume=5&inode=", "block=7"}) {
    EXPECT_FALSE(parse_link(text)) << text;
  }
}

TEST(History, AnEntryIsFoundAgainByItsNumber) {
  History history;
  const u64 first = history.current().number;
  history.go({.kind = Selection::Kind::superblock}, View::trees);
  const u64 second = history.current().number;
  history.go({.kind = Selection::Kind::superblock}, View::files);
  EXPECT_TRUE(history.visit(first));
  EXPECT_EQ(history.current().selection.kind, Selection::Kind::nothing);
  EXPECT_TRUE(history.can_go_forward());
  EXPECT_TRUE(history.visit(second));
  EXPECT_EQ(history.current().view, View::trees);
  EXPECT_FALSE(history.visit(999));
  // Going on from here forgets what was ahead.
  history.go({}, View::check);
  EXPECT_FALSE(history.can_go_forward());
  // To where one is already: no new entry.
  EXPECT_FALSE(history.go({}, View::check));
}

}  // namespace
}  // namespace canopy::ui
