#include "filesystem/filesystem.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

std::vector<std::unique_ptr<Device>> some_devices(const TestImage& image,
                                                  std::initializer_list<u64> devids) {
  std::vector<std::unique_ptr<Device>> devices;
  for (u64 devid : devids)
    devices.push_back(image.device(devid));
  return devices;
}

TestImage mirrored() {
  return ImageBuilder({.profile = BLOCK_GROUP_RAID1, .devices = 2}).tree(256, {}).build();
}

TEST(Filesystem, OpensDevicesInAnyOrder) {
  TestImage image =
      ImageBuilder({.profile = BLOCK_GROUP_RAID0, .devices = 3}).tree(256, {}).build();
  auto filesystem = must(Filesystem::open(some_devices(image, {3, 1, 2})));
  EXPECT_TRUE(filesystem->warnings().empty());
  EXPECT_NE(must(filesystem->forest().root(256)), nullptr);
}

TEST(Filesystem, WithoutAnImageThereIsNothingToOpen) {
  EXPECT_EQ(error_text(Filesystem::open({})), "no image was given");
}

TEST(Filesystem, FeaturesThatCannotBeReadAreNamed) {
  TestImage image = ImageBuilder().build();
  image.edit_superblocks([](Superblock& super) {
    super.incompat_flags = super.incompat_flags | FEATURE_INCOMPAT_EXTENT_TREE_V2 | u64{1} << 40;
  });
  auto opened = Filesystem::open(image.devices());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), Code::unsupported);
  EXPECT_EQ(opened.error().message(),
            "the filesystem has features that cannot be read: EXTENT_TREE_V2, 0x10000000000");
}

TEST(Filesystem, UnknownReadOnlyFeaturesDoNotHinder) {
  TestImage image = ImageBuilder().build();
  image.edit_superblocks([](Superblock& super) { super.compat_ro_flags = u64{1} << 40; });
  EXPECT_TRUE(Filesystem::open(image.devices()).ok());
}

TEST(Filesystem, AMirroredOneOpensWithoutOneDevice) {
  TestImage image = mirrored();
  for (u64 devid : {1u, 2u}) {
    auto filesystem = must(Filesystem::open(some_devices(image, {devid})));
    ASSERT_EQ(filesystem->warnings().size(), 1u);
    EXPECT_EQ(filesystem->warnings()[0],
              fmt::format("device {} of the filesystem is missing", 3 - devid));
    EXPECT_TRUE(read_root(filesystem->cache(), image.root(256)).ok());
  }
}

TEST(Filesystem, DevicesOfDifferentFilesystemsAreRefused) {
  TestImage image = mirrored();
  image.edit_superblock(2, [](Superblock& super) { super.fsid[0] = 1; });
  EXPECT_EQ(error_text(Filesystem::open(image.devices())),
            "disk1 and disk2 are of different filesystems");
}

TEST(Filesystem, ADeviceGivenTwiceIsRefused) {
  TestImage image = mirrored();
  EXPECT_EQ(error_text(Filesystem::open(some_devices(image, {1, 2, 1}))),
            "disk1 and disk1 are both device 1 of the filesystem");
}

TEST(Filesystem, DamageInTheSystemChunkArrayIsAnError) {
  auto refusal = [](auto change) {
    TestImage image = ImageBuilder().build();
    image.edit_superblocks(change);
    auto opened = Filesystem::open(image.devices());
    return opened.ok() ? std::string() : opened.error().message();
  };
  EXPECT_NE(refusal([](Superblock& super) { super.sys_chunk_array[8] = DEV_ITEM_KEY; }), "");
  EXPECT_NE(refusal([](Superblock& super) { super.sys_chunk_array_size = 120; }), "");
  EXPECT_NE(refusal([](Superblock& super) {
              // num_stripes
              super.sys_chunk_array[sizeof(DiskKey) + offsetof(Chunk, num_stripes)] = 200;
            }),
            "");
}

// The device as its superblock would be some commits earlier.
std::unique_ptr<Device> outdated(TestImage image, u64 devid, u64 generation) {
  image.edit_superblock(devid, [generation](Superblock& super) {
    super.generation = generation;
    super.chunk_root_generation = generation;
  });
  return image.device(devid);
}

std::vector<std::unique_ptr<Device>> pair(std::unique_ptr<Device> a, std::unique_ptr<Device> b) {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(std::move(a));
  devices.push_back(std::move(b));
  return devices;
}

TEST(Filesystem, ADeviceThatMissedCommitsIsLeftOutIfTheOthersHaveEverything) {
  TestImage image = mirrored();
  auto filesystem = must(Filesystem::open(pair(image.device(1), outdated(image, 2, 5))));
  EXPECT_EQ(filesystem->super().generation, 7u);
  EXPECT_EQ(filesystem->volume().device(2), nullptr);
  ASSERT_EQ(filesystem->warnings().size(), 2u);
  EXPECT_EQ(filesystem->warnings()[0],
            "disk2 is left out: its last commit is 5, the filesystem's is 7");
  EXPECT_EQ(filesystem->warnings()[1], "device 2 of the filesystem is missing");
}

TEST(Filesystem, ADeviceOneCommitBehindMissedNothing) {
  TestImage image = mirrored();
  auto filesystem = must(Filesystem::open(pair(outdated(image, 1, 6), image.device(2))));
  EXPECT_EQ(filesystem->super().generation, 7u);
  EXPECT_NE(filesystem->volume().device(1), nullptr);
  EXPECT_TRUE(filesystem->warnings().empty());
}

TEST(Filesystem, ADeviceThatMissedCommitsIsUsedWhereThereIsNoOther) {
  TestImage image = ImageBuilder({.profile = BLOCK_GROUP_RAID0, .devices = 2}).build();
  auto filesystem = must(Filesystem::open(pair(image.device(1), outdated(image, 2, 5))));
  EXPECT_NE(filesystem->volume().device(2), nullptr);
  ASSERT_EQ(filesystem->warnings().size(), 1u);
  EXPECT_EQ(filesystem->warnings()[0],
            "disk2 is out of date (its last commit is 5, the filesystem's is 7), but needed");
}

TEST(Filesystem, OfTwoCopiesOfADeviceTheNewerCounts) {
  TestImage image = mirrored();
  auto devices = image.devices();
  devices.push_back(outdated(image, 1, 4));
  auto filesystem = must(Filesystem::open(std::move(devices)));
  ASSERT_EQ(filesystem->warnings().size(), 1u);
  EXPECT_EQ(filesystem->warnings()[0], "disk1 is left out: disk1 is a newer copy of device 1");
}

TEST(Filesystem, AReplacedDiskDoesNotBelong) {
  TestImage image = mirrored();
  image.edit_superblock(2, [](Superblock& super) { super.dev_item.uuid[3] = 1; });
  auto filesystem = must(Filesystem::open(image.devices()));
  EXPECT_EQ(filesystem->volume().device(2), nullptr);
  EXPECT_EQ(filesystem->warnings()[0],
            "disk2 is left out: another disk is device 2 of the filesystem now");
}

TEST(Filesystem, ARemovedDiskDoesNotBelong) {
  TestImage image = mirrored();
  auto devices = image.devices();
  image.edit_superblock(2, [](Superblock& super) { super.dev_item.devid = 9; });
  devices.push_back(image.device(2));
  auto filesystem = must(Filesystem::open(std::move(devices)));
  EXPECT_EQ(filesystem->volume().device(9), nullptr);
  EXPECT_EQ(filesystem->warnings()[0],
            "disk2 is left out: the filesystem has no device 9 any more");
}

TEST(Filesystem, ASeedIsPartOfWhatGrewFromIt) {
  TestImage image = mirrored();
  // What the seed wrote has its own fsid: superblock and blocks.
  image.edit_superblock(2, [](Superblock& super) {
    super.fsid[0] = 1;
    super.flags = super.flags | SUPER_FLAG_SEEDING;
    super.generation = 3;
    super.chunk_root_generation = 3;
  });
  image.edit_block(image.root(256).bytenr,
                   [](MutableBytes block) { block[offsetof(Header, fsid)] = 1; });
  auto filesystem = must(Filesystem::open(image.devices()));
  EXPECT_TRUE(filesystem->warnings().empty());
  EXPECT_TRUE(read_root(filesystem->cache(), image.root(256)).ok());
  EXPECT_FALSE(
      must(Filesystem::open(some_devices(image, {1})))->cache().format().seed_fsids.size());
}

TEST(Filesystem, MetadataUuidIsWhatBlocksAreHeldAgainst) {
  TestImage image = mirrored();
  image.edit_superblocks([](Superblock& super) {
    std::memcpy(super.metadata_uuid, super.fsid, sizeof super.fsid);
    super.fsid[0] = 77;
    super.incompat_flags = super.incompat_flags | FEATURE_INCOMPAT_METADATA_UUID;
  });
  auto filesystem = must(Filesystem::open(image.devices()));
  EXPECT_TRUE(filesystem->warnings().empty());
  EXPECT_TRUE(read_root(filesystem->cache(), image.root(256)).ok());
}

TEST(Filesystem, AnImageCutShortSaysHowLongItShouldBe) {
  TestImage image = ImageBuilder().tree(256, {}).disk_size(8 << 20).build();
  MutableBytes disk = image.disk(1);
  auto cut = [&](std::size_t size) {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(std::make_unique<MemoryDevice>(
        "disk1", std::vector<u8>(disk.begin(), disk.begin() + static_cast<std::ptrdiff_t>(size))));
    return Filesystem::open(std::move(devices));
  };
  // All trees lie before the cut.
  auto filesystem = must(cut(4 << 20));
  EXPECT_EQ(filesystem->warnings()[0],
            "disk1 is cut short: it has 4194304 bytes, but device 1 of the filesystem has 8388608");
  auto opened = cut(200000);
  ASSERT_FALSE(opened.ok());
  EXPECT_TRUE(
      opened.error().message().starts_with("disk1 is cut short: it has 200000 bytes of 8388608: "))
      << opened.error().to_string();
  EXPECT_TRUE(opened.error().address().has_value());
}

TEST(Filesystem, WithTooFewDevicesItSaysHowManyThereShouldBe) {
  TestImage image = ImageBuilder({.profile = BLOCK_GROUP_RAID0, .devices = 3}).build();
  auto opened = Filesystem::open(some_devices(image, {2}));
  ASSERT_FALSE(opened.ok());
  EXPECT_TRUE(opened.error().message().starts_with("1 of the filesystem's 3 devices were given: "))
      << opened.error().to_string();
}

TEST(Filesystem, ParityRebuildsWhatAMissingDeviceHeld) {
  for (u64 profile : {BLOCK_GROUP_RAID5, BLOCK_GROUP_RAID6}) {
    std::vector<TestItem> items;
    for (u64 i = 0; i < 100; ++i)
      items.push_back(opaque_item({i, TEMPORARY_ITEM_KEY, 0}, 3000));
    TestImage image =
        ImageBuilder({.profile = profile, .devices = 4}).tree(QUOTA_TREE_OBJECTID, items).build();
    for (u64 missing = 1; missing <= 4; ++missing) {
      std::vector<std::unique_ptr<Device>> devices;
      for (u64 devid = 1; devid <= 4; ++devid)
        if (devid != missing) devices.push_back(image.device(devid));
      auto filesystem = must(Filesystem::open(std::move(devices)));
      EXPECT_EQ(filesystem->warnings().size(), 1u);
      Path path;
      u64 count = 0;
      bool more = must(
          search_at_or_after(filesystem->cache(), image.root(QUOTA_TREE_OBJECTID), Key{}, path));
      for (; more; more = must(next_item(filesystem->cache(), QUOTA_TREE_OBJECTID, path))) {
        ASSERT_TRUE(std::ranges::equal(path.item(), items[count].data));
        ++count;
      }
      EXPECT_EQ(count, items.size());
    }
  }
}

}  // namespace
}  // namespace canopy
