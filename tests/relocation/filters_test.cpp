#include "relocation/filters.h"

#include <gtest/gtest.h>

#include "relocation/balance.h"

namespace canopy {
namespace {

constexpr u64 MIB = 1u << 20;

ChunkMapping chunk_of(u64 flags, u64 logical, u64 length) {
  ChunkMapping chunk;
  chunk.logical = logical;
  chunk.length = length;
  chunk.type = flags;
  chunk.profile = profile_of(flags);
  chunk.stripes.push_back({1, 22 * MIB, {}});
  if (chunk.profile->copies > 1) chunk.stripes.push_back({2, 100 * MIB, {}});
  return chunk;
}

const ChunkMapping DATA = chunk_of(BLOCK_GROUP_DATA, 64 * MIB, 100 * MIB);
const ChunkMapping MIRRORED =
    chunk_of(BLOCK_GROUP_METADATA | BLOCK_GROUP_RAID1, 164 * MIB, 100 * MIB);

bool passes(const char* filter, const ChunkMapping& chunk, u64 used) {
  auto parsed = parse_balance_filter(filter);
  EXPECT_TRUE(parsed.ok()) << filter;
  return parsed.ok() && parsed.value().matches(chunk, used);
}

TEST(BalanceFilter, WithoutFiltersEverythingPasses) {
  EXPECT_TRUE(passes("", DATA, 0));
  EXPECT_TRUE(passes("", MIRRORED, 100 * MIB));
}

TEST(BalanceFilter, UsageIsBelowThePercentageAndZeroMeansEmpty) {
  EXPECT_TRUE(passes("usage=50", DATA, 50 * MIB - 1));
  EXPECT_FALSE(passes("usage=50", DATA, 50 * MIB));
  EXPECT_TRUE(passes("usage=0", DATA, 0));
  EXPECT_FALSE(passes("usage=0", DATA, 1));
  EXPECT_TRUE(passes("usage=20..30", DATA, 20 * MIB));
  EXPECT_FALSE(passes("usage=20..30", DATA, 30 * MIB));
  EXPECT_TRUE(passes("usage=..30", DATA, 0));
}

TEST(BalanceFilter, ProfilesAreAnyOfThoseNamed) {
  EXPECT_TRUE(passes("profiles=single|dup", DATA, 0));
  EXPECT_FALSE(passes("profiles=single|dup", MIRRORED, 0));
  EXPECT_TRUE(passes("profiles=raid1", MIRRORED, 0));
}

TEST(BalanceFilter, DevicesAndRangesLookAtStripesAndAddresses) {
  EXPECT_TRUE(passes("devid=2", MIRRORED, 0));
  EXPECT_FALSE(passes("devid=2", DATA, 0));
  EXPECT_TRUE(passes("devid=1,drange=0..23M", DATA, 0));
  EXPECT_FALSE(passes("devid=1,drange=0..22M", DATA, 0));
  EXPECT_FALSE(passes("devid=2,drange=0..23M", MIRRORED, 0));
  EXPECT_TRUE(passes("vrange=163M..165M", DATA, 0));
  EXPECT_FALSE(passes("vrange=164M..165M", DATA, 0));
  EXPECT_TRUE(passes("stripes=2..2", MIRRORED, 0));
  EXPECT_FALSE(passes("stripes=2..2", DATA, 0));
}

TEST(BalanceFilter, SoftLeavesWhatHasTheProfileAlready) {
  EXPECT_FALSE(passes("convert=raid1,soft", MIRRORED, 0));
  EXPECT_TRUE(passes("convert=raid1", MIRRORED, 0));
  EXPECT_TRUE(passes("convert=raid1,soft", DATA, 0));
  EXPECT_FALSE(passes("convert=single,soft", DATA, 0));
}

TEST(BalanceRequest, AsksForKindsByTheirFilters) {
  BalanceRequest request;
  EXPECT_TRUE(asks_for(request, DATA, 0));  // nothing named means everything
  EXPECT_TRUE(asks_for(request, MIRRORED, 0));
  request.data = parse_balance_filter("usage=50").value();
  EXPECT_TRUE(asks_for(request, DATA, 10 * MIB));
  EXPECT_FALSE(asks_for(request, DATA, 60 * MIB));
  EXPECT_FALSE(asks_for(request, MIRRORED, 0));
}

TEST(BalanceFilter, RefusesWhatItDoesNotUnderstand) {
  for (const char* wrong : {"usage", "usage=x", "usage=5..2", "profiles=raid7", "drange=0..1",
                            "soft", "vrange=5", "limit=..", "colour=red", "devid=1K"})
    EXPECT_FALSE(parse_balance_filter(wrong).ok()) << wrong;
}

}  // namespace
}  // namespace canopy
