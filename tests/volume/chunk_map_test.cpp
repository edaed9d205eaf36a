#include "volume/chunk_map.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

ChunkMapping mapping(u64 logical, u64 length) {
  ChunkMapping chunk;
  chunk.logical = logical;
  chunk.length = length;
  chunk.type = BLOCK_GROUP_DATA;
  chunk.profile = profile_of(0);
  chunk.stripes.push_back({1, logical, {}});
  return chunk;
}

struct Fields {
  u64 length = 1 << 20;
  u64 stripe_len = STRIPE_LEN;
  u64 type = BLOCK_GROUP_DATA;
  u16 num_stripes = 1;
  u16 sub_stripes = 1;
  u64 physical = 0;
};

std::vector<u8> item(const Fields& fields) {
  Chunk chunk{};
  chunk.length = fields.length;
  chunk.stripe_len = fields.stripe_len;
  chunk.type = fields.type;
  chunk.num_stripes = fields.num_stripes;
  chunk.sub_stripes = fields.sub_stripes;
  chunk.sector_size = 4096;
  auto bytes = item_bytes(chunk);
  for (u64 i = 0; i < fields.num_stripes; ++i) {
    Stripe stripe{};
    stripe.devid = i + 1;
    stripe.offset = fields.physical;
    bytes = joined({bytes, item_bytes(stripe)});
  }
  return bytes;
}

std::string refusal(const Fields& fields, u64 logical = 1 << 20) {
  return error_text(parse_chunk(logical, item(fields), 4096));
}

TEST(ParseChunk, TakesEveryProfileThatTheKernelTakes) {
  struct {
    u64 profile;
    u16 stripes, sub_stripes;
    u32 data_stripes, mirrors;
  } cases[] = {
      {0, 1, 1, 1, 1},
      {BLOCK_GROUP_DUP, 2, 1, 1, 2},
      {BLOCK_GROUP_RAID0, 1, 1, 1, 1},
      {BLOCK_GROUP_RAID0, 4, 1, 4, 1},
      {BLOCK_GROUP_RAID1, 2, 1, 1, 2},
      {BLOCK_GROUP_RAID1C3, 3, 1, 1, 3},
      {BLOCK_GROUP_RAID1C4, 4, 1, 1, 4},
      {BLOCK_GROUP_RAID10, 2, 2, 1, 2},
      {BLOCK_GROUP_RAID10, 4, 2, 2, 2},
      {BLOCK_GROUP_RAID5, 2, 1, 1, 2},
      {BLOCK_GROUP_RAID5, 5, 1, 4, 2},
      {BLOCK_GROUP_RAID6, 3, 1, 1, 3},
      {BLOCK_GROUP_RAID6, 5, 1, 3, 5},
  };
  for (const auto& one : cases) {
    ChunkMapping chunk = must(parse_chunk(1 << 20,
                                          item({.length = 12 * STRIPE_LEN,
                                                .type = BLOCK_GROUP_METADATA | one.profile,
                                                .num_stripes = one.stripes,
                                                .sub_stripes = one.sub_stripes}),
                                          4096));
    EXPECT_EQ(chunk.data_stripes(), one.data_stripes) << chunk.profile->name;
    EXPECT_EQ(chunk.num_mirrors(), one.mirrors) << chunk.profile->name;
    EXPECT_EQ(chunk.stripe_length(), 12 * STRIPE_LEN / one.data_stripes) << chunk.profile->name;
  }
}

TEST(ParseChunk, RefusesWhatTheKernelRefuses) {
  EXPECT_EQ(refusal({.length = 0}), "chunk: length 0 (logical address 1048576)");
  EXPECT_NE(refusal({.length = 4097}), "");
  EXPECT_NE(refusal({.stripe_len = 4096}), "");
  EXPECT_NE(refusal({.type = 0}), "");
  EXPECT_NE(refusal({.type = BLOCK_GROUP_DATA | 1u << 20}), "");
  EXPECT_NE(refusal({.type = BLOCK_GROUP_DATA | BLOCK_GROUP_RAID0 | BLOCK_GROUP_RAID1}), "");
  EXPECT_NE(refusal({.type = BLOCK_GROUP_SYSTEM | BLOCK_GROUP_DATA}), "");
  EXPECT_NE(refusal({.num_stripes = 0}), "");
  EXPECT_NE(refusal({.num_stripes = 2}), "");
  EXPECT_NE(refusal({.type = BLOCK_GROUP_DATA | BLOCK_GROUP_RAID1, .num_stripes = 3}), "");
  EXPECT_NE(refusal({.type = BLOCK_GROUP_DATA | BLOCK_GROUP_RAID6, .num_stripes = 2}), "");
  EXPECT_NE(refusal({.type = BLOCK_GROUP_DATA | BLOCK_GROUP_RAID10, .num_stripes = 4}), "");
  EXPECT_NE(refusal({}, 4097), "");
  EXPECT_NE(refusal({.length = 4096}, ~u64{4095}), "");
  EXPECT_NE(refusal({.length = STRIPE_LEN << 32}), "");
  EXPECT_NE(refusal({.physical = ~u64{4095}}), "");
}

TEST(ParseChunk, RefusesItemsOfAnotherSizeThanTheirStripes) {
  auto bytes = item({});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(parse_chunk(1 << 20, Bytes(bytes).first(size), 4096).ok()) << size;
  bytes.push_back(0);
  EXPECT_FALSE(parse_chunk(1 << 20, bytes, 4096).ok());
}

TEST(ChunkMap, FindsTheChunkOfEveryAddressAsAMapOfRangesDoes) {
  Random random(1);
  for (int round = 0; round < 20; ++round) {
    ChunkMap chunks;
    std::map<u64, u64> model;  // end by start
    u64 logical = 0;
    for (int i = 0; i < 30; ++i) {
      logical += random.below(3) * 4096;
      u64 length = 4096 * (1 + random.below(5));
      must(chunks.insert(mapping(logical, length)));
      model[logical] = logical + length;
      logical += length;
    }
    for (int i = 0; i < 5; ++i) {
      auto victim =
          std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
      chunks.remove(victim->first);
      model.erase(victim);
    }
    EXPECT_EQ(chunks.all().size(), model.size());
    for (u64 at = 0; at < logical + 8192; at += 2048) {
      auto expected = model.upper_bound(at);
      bool there = expected != model.begin() && at < std::prev(expected)->second;
      auto found = chunks.find(at);
      ASSERT_EQ(found != nullptr, there) << at;
      if (there) {
        EXPECT_EQ(found->logical, std::prev(expected)->first);
      }
    }
  }
}

TEST(ChunkMap, RefusesOverlapsButNotTheSameChunkAgain) {
  ChunkMap chunks;
  must(chunks.insert(mapping(100 << 12, 10 << 12)));
  EXPECT_TRUE(chunks.insert(mapping(100 << 12, 10 << 12)).ok());
  EXPECT_FALSE(chunks.insert(mapping(100 << 12, 11 << 12)).ok());
  EXPECT_FALSE(chunks.insert(mapping(99 << 12, 2 << 12)).ok());
  EXPECT_FALSE(chunks.insert(mapping(109 << 12, 2 << 12)).ok());
  EXPECT_FALSE(chunks.insert(mapping(90 << 12, 40 << 12)).ok());
  EXPECT_EQ(error_text(chunks.insert(mapping(105 << 12, 1 << 12))),
            "chunk overlaps the one at 409600 (logical address 430080)");
  EXPECT_TRUE(chunks.insert(mapping(110 << 12, 1 << 12)).ok());
  EXPECT_TRUE(chunks.insert(mapping(99 << 12, 1 << 12)).ok());
}

}  // namespace
}  // namespace canopy
