#include "ui/heat_map.h"

#include <gtest/gtest.h>

#include <set>

namespace canopy::ui {
namespace {

// Three block groups of 1 MiB with a hole before the last.
struct Space {
  std::vector<GroupView> groups;
  std::vector<double> begins{0, 1.0 / 3, 2.0 / 3, 1};

  Space() {
    for (const u64 logical : {u64{1} << 20, u64{2} << 20, u64{8} << 20}) {
      auto chunk = std::make_shared<ChunkMapping>();
      chunk->logical = logical;
      chunk->length = u64{1} << 20;
      groups.push_back({std::move(chunk), (u64{1} << 20) / 4, true});
    }
  }
  HeatSource source() const {
    HeatSource source;
    source.groups = groups;
    source.begins = begins;
    return source;
  }
};

TEST(HeatOrder, GivesEachCellAPlaceOfItsOwnAndFindsItThere) {
  for (const bool hilbert : {false, true}) {
    const HeatOrder order(hilbert, 16, 3);
    std::set<std::pair<u32, u32>> places;
    for (u32 cell = 0; cell < order.count(); cell++) {
      const auto [column, row] = order.place_of(cell);
      ASSERT_LT(column, order.columns());
      ASSERT_LT(row, order.rows());
      EXPECT_EQ(order.cell_at(column, row), cell);
      places.insert({column, row});
    }
    EXPECT_EQ(places.size(), order.count());
  }
}

TEST(HeatOrder, PutsNeighboursOfASquareOfHilbertBesideEachOther) {
  const HeatOrder order(true, 32, 2);
  for (u32 cell = 1; cell < 32 * 32; cell++) {
    const auto [x, y] = order.place_of(cell - 1);
    const auto [u, v] = order.place_of(cell);
    EXPECT_EQ((x > u ? x - u : u - x) + (y > v ? y - v : v - y), 1u) << cell;
  }
}

TEST(HeatOrder, FitsAsManySquaresAsThereIsRoomFor) {
  const HeatOrder wide = HeatOrder::fitting(true, 900, 300, 16384);
  EXPECT_EQ(wide.columns(), 3 * wide.rows());
  EXPECT_LE(wide.count(), 16384u);
  EXPECT_GT(wide.count() * 4, 16384u);
  EXPECT_EQ(HeatOrder::fitting(true, 10, 0, 100).columns(), 8u);
}

TEST(HeatMap, ShowsHowFullAGroupIsWhereItsExtentsAreNotKnown) {
  const Space space;
  const auto cells = make_heat(space.source(), 12);
  ASSERT_EQ(cells.size(), 12u);
  for (const HeatCell& cell : cells) {
    EXPECT_EQ(cell.fill, 64);
    EXPECT_TRUE(cell.flags & HeatCell::mapped);
  }
  EXPECT_FALSE(cells[3].flags & HeatCell::odd);
  EXPECT_TRUE(cells[4].flags & HeatCell::odd);
  EXPECT_FALSE(cells[8].flags & HeatCell::odd);
}

TEST(HeatMap, ShowsWhatExtentsCoverWhereThatIsKnown) {
  const Space space;
  ExtentsView extents;
  extents.key = {u64{1} << 20, u64{9} << 20, 32, 0};
  extents.fill.assign(32, 0);
  extents.fill[1] = 1;      // the second quarter of the first group
  extents.fill[31] = 0.5f;  // the last of the last
  HeatSource source = space.source();
  source.extents = &extents;
  const auto cells = make_heat(source, 12);
  EXPECT_EQ(cells[0].fill, 0);
  EXPECT_EQ(cells[2].fill, 0);
  EXPECT_GT(cells[1].fill, 100);
  EXPECT_GT(cells[11].fill, 60);
  EXPECT_EQ(cells[10].fill, 0);
}

TEST(HeatMap, MarksThePinnedTheMovedTheEmptiedAndThePointedAt) {
  const Space space;
  HeatSource source = space.source();
  const std::vector<std::pair<u64, u64>> pinned{{u64{1} << 20, (u64{1} << 20) + 4096}};
  const std::vector<std::pair<u64, u64>> fresh{{(u64{9} << 20) - 4096, u64{9} << 20},
                                               {u64{100} << 20, (u64{100} << 20) + 1}};
  source.pinned = pinned;
  source.fresh = fresh;
  source.moving = u64{2} << 20;
  source.lit = u64{8} << 20;
  const auto cells = make_heat(source, 12);
  for (u32 i = 0; i < 12; i++) {
    EXPECT_EQ((cells[i].flags & HeatCell::pinned) != 0, i == 0) << i;
    EXPECT_EQ((cells[i].flags & HeatCell::fresh) != 0, i == 11) << i;
    EXPECT_EQ((cells[i].flags & HeatCell::moving) != 0, i >= 4 && i < 8) << i;
    EXPECT_EQ((cells[i].flags & HeatCell::lit) != 0, i >= 8) << i;
  }
}

TEST(HeatMap, ShowsAPartOfTheAxisAlone) {
  const Space space;
  HeatSource source = space.source();
  source.begin = 1.0 / 3;
  source.end = 2.0 / 3;
  for (const HeatCell& cell : make_heat(source, 16))
    EXPECT_EQ(cell.flags, HeatCell::mapped | HeatCell::odd);
}

TEST(HeatMap, LaysCellsOutRowByRow) {
  const HeatOrder order(true, 2, 1);
  const std::vector<HeatCell> cells{{1, 0}, {2, 0}, {3, 0}, {4, 0}};
  const auto laid = lay_out(cells, order);
  for (u32 cell = 0; cell < 4; cell++) {
    const auto [column, row] = order.place_of(cell);
    EXPECT_EQ(laid[row * 2 + column].fill, cell + 1);
  }
}

TEST(AxisPlace, KnowsNoPlaceOfAnAddressThatNoGroupHas) {
  const Space space;
  EXPECT_FALSE(axis_place(space.groups, space.begins, 4096));
  EXPECT_FALSE(axis_place(space.groups, space.begins, u64{5} << 20));
  EXPECT_DOUBLE_EQ(*axis_place(space.groups, space.begins, (u64{3} << 20) / 2), 1.0 / 6);
}

}  // namespace
}  // namespace canopy::ui
