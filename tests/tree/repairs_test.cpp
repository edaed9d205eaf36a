// The list of copies that were read around.

#include <gtest/gtest.h>

#include "filesystem/filesystem.h"
#include "support/image_builder.h"
#include "support/must.h"
#include "tree/repairs.h"

namespace canopy {
namespace {

struct Repaired : testing::Test {
  TestImage image = ImageBuilder({.nodesize = 4096, .profile = BLOCK_GROUP_RAID1, .devices = 2})
                        .tree(256, {})
                        .build();
  std::unique_ptr<Filesystem> filesystem = must(Filesystem::open(image.devices()));
  const Volume& volume = filesystem->volume();
  const u64 logical = image.root(256).bytenr;
  Repairs repairs;
};

TEST_F(Repaired, WhatFollowsIsOneRange) {
  repairs.add(volume, logical, 4096, 1, true, "wrong checksum");
  repairs.add(volume, logical + 4096, 4096, 1, true, "wrong checksum");
  repairs.add(volume, logical + 8192, 4096, 1, true, "cannot be read");
  ASSERT_EQ(repairs.copies().size(), 2u);
  EXPECT_EQ(repairs.copies()[0].length, 8192u);
  EXPECT_EQ(repairs.count(), 3u);
}

TEST_F(Repaired, NothingIsNotedTwice) {
  for (int i = 0; i < 3; i++) {
    repairs.add(volume, logical, 4096, 1, false, "wrong checksum");
    repairs.add(volume, logical, 4096, 2, false, "wrong checksum");
  }
  EXPECT_EQ(repairs.count(), 2u);
  EXPECT_EQ(repairs.copies().size(), 2u);
  EXPECT_NE(repairs.copies()[0].devid, repairs.copies()[1].devid);
}

TEST_F(Repaired, ADeviceThatIsMissingHasNoBadCopies) {
  auto devices = image.devices();
  devices.pop_back();
  const auto degraded = must(Filesystem::open(std::move(devices)));
  for (const u32 mirror : {1u, 2u})
    repairs.add(degraded->volume(), logical, 4096, mirror, false, "missing");
  EXPECT_EQ(repairs.count(), 1u);
  repairs.add(volume, ~u64{0} - 8191, 4096, 1, false, "nowhere");
  EXPECT_EQ(repairs.count(), 1u);
}

}  // namespace
}  // namespace canopy
