#include "filesystem/filesystem.h"

#include <gtest/gtest.h>

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
  for (u64 devid : {1, 2}) {
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

}  // namespace
}  // namespace canopy
