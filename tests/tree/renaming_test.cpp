#include "tree/renaming.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace canopy {
namespace {

TEST(Renaming, WhatHasNotMovedIsItsOwnName) {
  Renaming renaming;
  EXPECT_TRUE(renaming.empty());
  EXPECT_EQ(renaming.name_of(4096), 4096u);
  EXPECT_EQ(renaming.address_of(4096), 4096u);
}

TEST(Renaming, AnAddressThatWasFreedMayBecomeThatOfAnother) {
  Renaming renaming;
  renaming.apply({{1, 9}});
  renaming.apply({{2, 1}});
  EXPECT_EQ(renaming.address_of(1), 9u);
  EXPECT_EQ(renaming.address_of(2), 1u);
  EXPECT_EQ(renaming.name_of(1), 2u);
  EXPECT_EQ(renaming.name_of(9), 1u);
}

TEST(Renaming, WhatIsBackWhereItWasTakesNoMemory) {
  Renaming renaming;
  renaming.apply({{1, 9}, {2, 8}});
  renaming.apply({{9, 1}, {8, 2}});
  EXPECT_TRUE(renaming.empty());
}

TEST(Renaming, ANewExtentDoesNotTakeTheNameOfOneThatLayThere) {
  Renaming renaming;
  renaming.create(5);
  EXPECT_TRUE(renaming.empty());
  renaming.apply({{1, 9}});
  renaming.create(1);
  EXPECT_EQ(renaming.address_of(1), 9u);
  const u64 name = renaming.name_of(1);
  EXPECT_NE(name, 1u);
  renaming.apply({{1, 4}});
  EXPECT_EQ(renaming.address_of(name), 4u);
  renaming.apply({{9, 1}});
  EXPECT_EQ(renaming.name_of(1), 1u);
  EXPECT_EQ(renaming.name_of(4), name);
}

TEST(Renaming, FollowsManyMovesAsATableDoes) {
  constexpr u64 extents = 40, places = 60;
  Random random(7);
  Renaming renaming;
  std::vector<u64> table(extents);  // by name
  std::vector<bool> taken(places);
  for (u64 name = 0; name < extents; ++name)
    table[name] = name, taken[name] = true;
  for (int round = 0; round < 500; ++round) {
    std::map<u64, u64> moves;
    const std::vector<bool> free_before = taken;
    for (int i = 0; i < 5; ++i) {
      const u64 name = random.below(extents), to = random.below(places);
      if (free_before[to] || taken[to] || moves.contains(table[name])) continue;
      moves[table[name]] = to;
      taken[to] = true;
    }
    renaming.apply(moves);
    for (u64& address : table) {
      auto moved = moves.find(address);
      if (moved == moves.end()) continue;
      taken[address] = false;
      address = moved->second;
    }
    for (u64 name = 0; name < extents; ++name) {
      ASSERT_EQ(renaming.address_of(name), table[name]);
      ASSERT_EQ(renaming.name_of(table[name]), name);
    }
  }
}

}  // namespace
}  // namespace canopy
