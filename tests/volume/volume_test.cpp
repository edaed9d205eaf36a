#include "volume/volume.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "device/memory_device.h"
#include "support/must.h"
#include "support/profile_model.h"

namespace canopy {
namespace {

constexpr u64 LOGICAL = u64{1} << 30;
constexpr u64 PHYSICAL = 1 << 20;

// A volume with one chunk of random content, and that content.
struct TestVolume {
  TestVolume(u64 profile, u32 stripes, u64 seed) {
    ChunkMapping chunk;
    chunk.logical = LOGICAL;
    chunk.type = BLOCK_GROUP_DATA | profile;
    chunk.profile = profile_of(profile);
    for (u64 i = 0; i < stripes; ++i)
      chunk.stripes.push_back({i + 1, PHYSICAL * (i + 1), {}});
    chunk.length = 5 * STRIPE_LEN * chunk.data_stripes();
    length = chunk.length;
    content.resize(length);
    Random random(seed);
    for (u8& byte : content)
      byte = static_cast<u8>(random.next());
    const u64 on_stripe = chunk.stripe_length();
    std::vector<std::vector<u8>> disks(stripes);
    std::vector<MutableBytes> parts;
    for (u32 i = 0; i < stripes; ++i) {
      disks[i].resize(PHYSICAL * (i + 1) + on_stripe);
      parts.push_back(MutableBytes(disks[i]).subspan(PHYSICAL * (i + 1)));
    }
    for (u64 offset = 0; offset < length; offset += 4096)
      for (const ModelPlace& place : model_places(profile, stripes, offset))
        std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), 4096,
                    parts[place.stripe].begin() + static_cast<std::ptrdiff_t>(place.offset));
    if (chunk.profile->parity > 0) model_write_parity(profile, parts);
    for (u32 i = 0; i < stripes; ++i) {
      auto device = std::make_unique<MemoryDevice>(fmt::format("disk{}", i + 1), disks[i]);
      devices.push_back(device.get());
      spare.push_back(std::move(device));
    }
    must(volume.chunks().insert(std::move(chunk)));
  }
  // Puts the devices in, but for some.
  void attach(std::initializer_list<u32> missing = {}) {
    for (u32 i = 0; i < spare.size(); ++i)
      if (std::ranges::find(missing, i) == missing.end())
        must(volume.add_device(i + 1, std::move(spare[i])));
  }
  Volume volume;
  std::vector<MemoryDevice*> devices;
  std::vector<std::unique_ptr<Device>> spare;
  std::vector<u8> content;
  u64 length = 0;
};

struct ProfileCase {
  u64 profile;
  u32 stripes;
};
constexpr ProfileCase PROFILES[] = {
    {0, 1},
    {BLOCK_GROUP_DUP, 2},
    {BLOCK_GROUP_RAID0, 3},
    {BLOCK_GROUP_RAID1, 2},
    {BLOCK_GROUP_RAID1C3, 3},
    {BLOCK_GROUP_RAID1C4, 4},
    {BLOCK_GROUP_RAID10, 6},
    {BLOCK_GROUP_RAID5, 3},
    {BLOCK_GROUP_RAID5, 4},
    {BLOCK_GROUP_RAID6, 3},
    {BLOCK_GROUP_RAID6, 4},
    {BLOCK_GROUP_RAID6, 6},
};

void expect_content(TestVolume& test, u32 mirror, Random& random, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    const u64 offset = random.below(test.length);
    const u64 size = 1 + random.below(std::min<u64>(test.length - offset, 200000));
    std::vector<u8> read(size);
    auto result = test.volume.read(LOGICAL + offset, read, mirror);
    ASSERT_TRUE(result.ok()) << result.error().to_string();
    ASSERT_TRUE(std::equal(read.begin(), read.end(),
                           test.content.begin() + static_cast<std::ptrdiff_t>(offset)))
        << "mirror " << mirror << " at " << offset << " size " << size;
  }
}

// Of a sector anywhere, the first mirror that can be read is right.
void expect_some_mirror(TestVolume& test, Random& random) {
  for (int i = 0; i < 20; ++i) {
    const u64 offset = random.below(test.length / 4096) * 4096;
    std::vector<u8> read(4096);
    u32 mirror = 1;
    while (mirror <= test.volume.num_mirrors(LOGICAL) &&
           !test.volume.read(LOGICAL + offset, read, mirror).ok())
      ++mirror;
    ASSERT_LE(mirror, 2u);
    ASSERT_TRUE(std::equal(read.begin(), read.end(),
                           test.content.begin() + static_cast<std::ptrdiff_t>(offset)));
  }
}

TEST(Volume, ReadsTheSameBytesFromEveryMirrorOfEveryProfile) {
  Random random(3);
  for (const ProfileCase& one : PROFILES) {
    TestVolume test(one.profile, one.stripes, 5);
    test.attach();
    const u32 mirrors = test.volume.num_mirrors(LOGICAL);
    ASSERT_GT(mirrors, 0u);
    for (u32 mirror = 1; mirror <= mirrors; ++mirror)
      expect_content(test, mirror, random, 40);
    std::vector<u8> read(10);
    EXPECT_FALSE(test.volume.read(LOGICAL, read, mirrors + 1).ok());
    EXPECT_FALSE(test.volume.read(LOGICAL, read, 0).ok());
  }
}

TEST(Volume, MapsWhatItReads) {
  Random random(4);
  for (const ProfileCase& one : PROFILES) {
    TestVolume test(one.profile, one.stripes, 6);
    test.attach();
    for (int i = 0; i < 50; ++i) {
      const u64 offset = random.below(test.length);
      const u64 size = 1 + random.below(test.length - offset);
      std::vector<u8> read;
      for (const PhysicalRange& range : must(test.volume.map(LOGICAL + offset, size, 1))) {
        Bytes bytes = range.device->mapped(range.physical, range.length).value();
        read.insert(read.end(), bytes.begin(), bytes.end());
      }
      ASSERT_EQ(read.size(), size);
      ASSERT_TRUE(std::equal(read.begin(), read.end(),
                             test.content.begin() + static_cast<std::ptrdiff_t>(offset)));
      auto place = test.volume.mapped(LOGICAL + offset, size);
      if (place) {
        ASSERT_TRUE(std::equal(read.begin(), read.end(), place->begin()));
      }
      ASSERT_EQ(place.has_value(), must(test.volume.map(LOGICAL + offset, size, 1)).size() == 1);
    }
  }
}

TEST(Volume, AnAddressThatNoChunkMapsIsAnErrorWithTheAddress) {
  TestVolume test(0, 1, 5);
  test.attach();
  std::vector<u8> read(8192);
  const u64 last = LOGICAL + test.length - 4096;
  EXPECT_EQ(error_text(test.volume.read(last, read, 1)),
            fmt::format("no chunk maps this address [EIO] (logical address {})", last + 4096));
  EXPECT_EQ(test.volume.num_mirrors(LOGICAL - 1), 0u);
  EXPECT_FALSE(test.volume.mapped(last, 8192).has_value());
}

TEST(Volume, AMissingDeviceIsNamedWhereNoOtherCopyIs) {
  TestVolume test(BLOCK_GROUP_RAID0, 2, 5);
  test.attach({1});
  std::vector<u8> read(10);
  EXPECT_TRUE(test.volume.read(LOGICAL, read, 1).ok());
  EXPECT_EQ(error_text(test.volume.read(LOGICAL + STRIPE_LEN, read, 1)),
            fmt::format("device 2 of the filesystem is missing [EIO] (logical address {})",
                        LOGICAL + STRIPE_LEN));
}

TEST(Volume, ParityGivesBackAMissingDeviceFromSomeMirror) {
  Random random(8);
  for (const ProfileCase& one : PROFILES) {
    const u32 parity = profile_of(one.profile)->parity;
    if (parity == 0) continue;
    for (u32 first = 0; first < one.stripes; ++first)
      for (u32 second = parity == 2 ? first : one.stripes - 1; second < one.stripes; ++second) {
        TestVolume test(one.profile, one.stripes, 9);
        if (parity == 2)
          test.attach({first, second});
        else
          test.attach({first});
        expect_some_mirror(test, random);
      }
  }
}

TEST(Volume, ParityCannotGiveBackMoreThanItHas) {
  TestVolume test(BLOCK_GROUP_RAID5, 3, 5);
  test.attach({0, 1});
  std::vector<u8> read(10);
  EXPECT_EQ(error_text(test.volume.read(LOGICAL, read, 2)),
            "cannot be rebuilt: device 2 of the filesystem is missing [EIO] (logical address " +
                std::to_string(LOGICAL) + ")");
}

TEST(Volume, ARangeInSeveralStripesIsReadWhereverEachOfThemIs) {
  struct Case {
    ProfileCase profile;
    std::vector<u32> missing;
  };
  const Case cases[] = {{{BLOCK_GROUP_RAID5, 3}, {0}},       {{BLOCK_GROUP_RAID5, 3}, {1}},
                        {{BLOCK_GROUP_RAID5, 4}, {3}},       {{BLOCK_GROUP_RAID6, 4}, {0, 2}},
                        {{BLOCK_GROUP_RAID6, 5}, {1}},       {{BLOCK_GROUP_RAID10, 6}, {0, 3}},
                        {{BLOCK_GROUP_RAID10, 6}, {1, 2, 4}}};
  for (const auto& [profile, missing] : cases) {
    TestVolume test(profile.profile, profile.stripes, 12);
    test.attach();
    for (const u32 disk : missing)
      test.volume.remove_device(disk + 1);
    std::vector<u8> read(test.length);
    u64 skipped = 0;
    must(test.volume.read_any(LOGICAL, read, [&](u64, u64 length, u32, const Error& why) {
      EXPECT_NE(why.message().find("is missing"), std::string::npos);
      skipped += length;
    }));
    EXPECT_EQ(read, test.content);
    EXPECT_GE(skipped, STRIPE_LEN);
  }
}

TEST(Volume, ARangeThatIsNowhereSaysWhichPartOfIt) {
  TestVolume test(BLOCK_GROUP_RAID5, 3, 12);
  test.attach({0, 1});
  std::vector<u8> read(4096);
  EXPECT_FALSE(test.volume.read_any(LOGICAL, read).ok());
  EXPECT_EQ(
      error_text(test.volume.read_any(LOGICAL + test.length, read)),
      fmt::format("no chunk maps this address [EIO] (logical address {})", LOGICAL + test.length));
  EXPECT_EQ(test.volume.contiguous(LOGICAL + STRIPE_LEN - 4096), 4096u);
  EXPECT_EQ(test.volume.contiguous(LOGICAL + test.length), 0u);
}

TEST(Volume, SomeMirrorOfRaid6IsRightWhateverTwoColumnsAreDamaged) {
  for (u32 first = 0; first < 5; ++first)
    for (u32 second = first; second < 5; ++second) {
      TestVolume test(BLOCK_GROUP_RAID6, 5, 9);
      test.attach();
      for (u32 disk : {first, second})
        for (u8& byte : test.devices[disk]->bytes())
          byte = static_cast<u8>(byte ^ 0x5a);
      for (u64 piece = 0; piece < test.length; piece += STRIPE_LEN) {
        bool right = false;
        for (u32 mirror = 1; mirror <= test.volume.num_mirrors(LOGICAL) && !right; ++mirror) {
          std::vector<u8> read(4096);
          must(test.volume.read(LOGICAL + piece, read, mirror));
          right = std::equal(read.begin(), read.end(),
                             test.content.begin() + static_cast<std::ptrdiff_t>(piece));
        }
        EXPECT_TRUE(right) << first << " and " << second << " at " << piece;
      }
    }
}

TEST(Volume, HasEachDeviceOnce) {
  Volume volume;
  must(volume.add_device(1, std::make_unique<MemoryDevice>("one", std::vector<u8>(10))));
  auto again = volume.add_device(1, std::make_unique<MemoryDevice>("two", std::vector<u8>(10)));
  EXPECT_EQ(error_text(again), "one and two are both device 1 of the filesystem");
}

}  // namespace
}  // namespace canopy
