#include "base/range_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace canopy {
namespace {

constexpr std::size_t SPACE = 300;

void expect_equal(const RangeSet& set, const std::vector<bool>& model) {
  u64 total = 0, runs = 0;
  for (std::size_t i = 0; i < SPACE; ++i) {
    ASSERT_EQ(set.contains(i, 1), model[i]) << i;
    ASSERT_EQ(set.intersects(i, 1), model[i]) << i;
    total += model[i] ? 1 : 0;
    runs += model[i] && (i == 0 || !model[i - 1]) ? 1 : 0;
  }
  EXPECT_EQ(set.total_bytes(), total);
  EXPECT_EQ(set.runs().size(), runs);
}

TEST(RangeSet, IsTheSetOfAddressesThatWereAddedAndNotRemoved) {
  Random random(3);
  RangeSet set;
  std::vector<bool> model(SPACE);
  for (int i = 0; i < 2000; ++i) {
    auto start = static_cast<std::size_t>(random.below(SPACE));
    auto length = static_cast<std::size_t>(random.below(std::min<u64>(40, SPACE - start) + 1));
    bool add = random.below(2) == 0;
    add ? set.add(start, length) : set.remove(start, length);
    std::fill_n(model.begin() + static_cast<std::ptrdiff_t>(start), length, add);
    if (i % 20 == 0) expect_equal(set, model);
  }
  expect_equal(set, model);
}

TEST(RangeSet, FindsTheLowestPlaceThatFitsAlignedAndInsideItsBoundary) {
  Random random(4);
  for (int round = 0; round < 200; ++round) {
    RangeSet set;
    for (int i = 0; i < 12; ++i)
      set.add(random.below(SPACE - 30), 1 + random.below(30));
    u64 from = random.below(SPACE), length = 1 + random.below(8), alignment = 1 + random.below(8);
    u64 boundary = random.below(2) == 0 ? 0 : 16;
    std::optional<u64> expected;
    for (u64 at = from; at < SPACE && !expected; ++at)
      if (at % alignment == 0 && set.contains(at, length) &&
          (boundary == 0 || at / boundary == (at + length - 1) / boundary))
        expected = at;
    EXPECT_EQ(set.find(from, length, alignment, boundary), expected);
  }
}

}  // namespace
}  // namespace canopy
