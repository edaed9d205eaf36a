#include "volume/profile.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/profile_model.h"
#include "volume/volume.h"

namespace canopy {
namespace {

TEST(Profile, IsFoundByItsFlag) {
  EXPECT_STREQ(profile_of(BLOCK_GROUP_DATA)->name, "single");
  EXPECT_STREQ(profile_of(BLOCK_GROUP_DATA | BLOCK_GROUP_RAID1C4)->name, "RAID1C4");
  EXPECT_EQ(profile_of(BLOCK_GROUP_RAID0 | BLOCK_GROUP_DUP), nullptr);
}

TEST(Profile, PlacesEveryByteWhereThePlainModelDoes) {
  struct {
    u64 profile;
    u32 fewest, most, step;
  } cases[] = {
      {0, 1, 1, 1},
      {BLOCK_GROUP_DUP, 2, 2, 1},
      {BLOCK_GROUP_RAID0, 1, 7, 1},
      {BLOCK_GROUP_RAID1, 2, 2, 1},
      {BLOCK_GROUP_RAID1C3, 3, 3, 1},
      {BLOCK_GROUP_RAID1C4, 4, 4, 1},
      {BLOCK_GROUP_RAID10, 2, 8, 2},
      {BLOCK_GROUP_RAID5, 2, 7, 1},
      {BLOCK_GROUP_RAID6, 3, 8, 1},
  };
  Random random(7);
  for (const auto& one : cases)
    for (u32 stripes = one.fewest; stripes <= one.most; stripes += one.step) {
      ChunkMapping chunk;
      chunk.logical = u64{1} << 30;
      chunk.type = BLOCK_GROUP_DATA | one.profile;
      chunk.profile = profile_of(one.profile);
      for (u64 i = 0; i < stripes; ++i)
        chunk.stripes.push_back({i + 1, (i + 1) << 40, {}});
      chunk.length = 12 * STRIPE_LEN * chunk.data_stripes();
      EXPECT_EQ(chunk.data_stripes(), model_data_stripes(one.profile, stripes));
      for (int i = 0; i < 500; ++i) {
        u64 offset = random.below(chunk.length);
        auto expected = model_places(one.profile, stripes, offset);
        ASSERT_EQ(expected.size(), chunk.profile->copies);
        for (u32 mirror = 1; mirror <= expected.size(); ++mirror) {
          StripePlace place = place_in_chunk(chunk, chunk.logical + offset, mirror);
          ModelPlace wanted = expected[mirror - 1];
          ASSERT_EQ(place.stripe, wanted.stripe) << chunk.profile->name << " " << stripes;
          ASSERT_EQ(place.physical, chunk.stripes[place.stripe].physical + wanted.offset);
          // The run ends where the next byte is not the neighbour of this one.
          u64 last = offset + place.contiguous - 1;
          ModelPlace at_last = model_places(one.profile, stripes, last)[mirror - 1];
          ASSERT_EQ(at_last.stripe, wanted.stripe);
          ASSERT_EQ(at_last.offset - wanted.offset, place.contiguous - 1);
          if (chunk.profile->striped) {
            ASSERT_EQ((last + 1) % STRIPE_LEN, 0u);
          }
          if (!chunk.profile->striped) {
            ASSERT_EQ(last + 1, chunk.length);
          }
        }
      }
    }
}

}  // namespace
}  // namespace canopy
