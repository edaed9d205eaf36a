// Data of a filesystem with a raid stripe tree lie where that tree says, not where the chunk does.
//
// Two devices, and one data chunk at 1 GiB. The images are made here, since kernels only make such
// filesystems when they were built for experiments.

#include <gtest/gtest.h>

#include "filesystem/filesystem.h"
#include "filesystem/stripe_tree.h"
#include "ondisk/persistent_items.h"
#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

constexpr u64 DATA = u64{1} << 30;
constexpr u64 CHUNK_AT = u64{8} << 20;  // on both devices
constexpr u64 DISK = u64{32} << 20;

struct StrideOf {
  u64 devid;
  u64 physical;
};

TestItem stripe_item(u64 logical, u64 length, const std::vector<StrideOf>& strides) {
  std::vector<u8> bytes;
  for (const StrideOf& one : strides) {
    RaidStride stride{};
    stride.devid = one.devid;
    stride.physical = one.physical;
    const auto more = item_bytes(stride);
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  return {{logical, RAID_STRIPE_KEY, length}, bytes};
}

TestItem data_chunk(u64 profile, u64 length) {
  Chunk chunk{};
  chunk.length = length;
  chunk.owner = EXTENT_TREE_OBJECTID;
  chunk.stripe_len = STRIPE_LEN;
  chunk.type = BLOCK_GROUP_DATA | profile;
  chunk.io_align = chunk.io_width = static_cast<u32>(STRIPE_LEN);
  chunk.sector_size = 4096;
  chunk.num_stripes = 2;
  chunk.sub_stripes = 1;
  std::vector<u8> bytes = item_bytes(chunk);
  for (const u64 devid : {u64{1}, u64{2}}) {
    Stripe stripe{};
    stripe.devid = profile == BLOCK_GROUP_DUP ? u64{1} : devid;
    stripe.offset = CHUNK_AT + (profile == BLOCK_GROUP_DUP ? (devid - 1) << 21 : 0);
    const auto more = item_bytes(stripe);
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  return {{FIRST_CHUNK_TREE_OBJECTID, CHUNK_ITEM_KEY, DATA}, bytes};
}

TestImage image_with(u64 profile, std::vector<TestItem> extents) {
  ImageShape shape;
  shape.devices = 2;
  shape.profile = BLOCK_GROUP_RAID1;
  TestImage image = ImageBuilder(shape)
                        .tree(RAID_STRIPE_TREE_OBJECTID, std::move(extents))
                        .tree(CHUNK_TREE_OBJECTID, {data_chunk(profile, u64{2} << 20)})
                        .disk_size(DISK)
                        .build();
  image.edit_superblocks([](Superblock& super) {
    super.incompat_flags = super.incompat_flags | FEATURE_INCOMPAT_RAID_STRIPE_TREE;
  });
  // Each byte of the upper half of the disks says where it lies.
  for (const u64 devid : {u64{1}, u64{2}})
    for (u64 at = CHUNK_AT; at < DISK; at += 4096)
      image.disk(devid)[at] = static_cast<u8>(at / 4096 * 2 + devid * 101);
  return image;
}

u8 mark(u64 devid, u64 physical) { return static_cast<u8>(physical / 4096 * 2 + devid * 101); }

TEST(StripeTree, SaysWhereMirrorsLie) {
  TestImage image = image_with(
      BLOCK_GROUP_RAID1,
      {stripe_item(DATA, 8192, {{1, CHUNK_AT + 40960}, {2, CHUNK_AT}}),
       stripe_item(DATA + 8192, 4096, {{2, CHUNK_AT + 4096 * 5}, {1, CHUNK_AT + 4096 * 7}})});
  auto filesystem = must(Filesystem::open(image.devices()));
  const Volume& volume = filesystem->volume();
  std::vector<u8> bytes(12288);
  must(volume.read(DATA, bytes, 1));
  EXPECT_EQ(bytes[0], mark(1, CHUNK_AT + 40960));
  EXPECT_EQ(bytes[4096], mark(1, CHUNK_AT + 40960 + 4096));
  EXPECT_EQ(bytes[8192], mark(1, CHUNK_AT + 4096 * 7));
  must(volume.read(DATA, bytes, 2));
  EXPECT_EQ(bytes[0], mark(2, CHUNK_AT));
  EXPECT_EQ(bytes[8192], mark(2, CHUNK_AT + 4096 * 5));
  const auto places = must(volume.map(DATA + 4096, 8192, 2));
  ASSERT_EQ(places.size(), 2u);
  EXPECT_EQ(places[0].physical, CHUNK_AT + 4096);
  EXPECT_EQ(places[0].length, 4096u);
  EXPECT_EQ(places[1].physical, CHUNK_AT + 4096 * 5);
  // What it does not know cannot be read.
  const auto unknown = volume.read(DATA + 12288, bytes, 1);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code(), Code::io);
  EXPECT_FALSE(filesystem->writer().ok());
}

TEST(StripeTree, SaysWhereStripesOfRaid0Lie) {
  TestImage image =
      image_with(BLOCK_GROUP_RAID0, {stripe_item(DATA, STRIPE_LEN, {{1, CHUNK_AT + 8192}}),
                                     stripe_item(DATA + STRIPE_LEN, 8192, {{2, CHUNK_AT + 4096}})});
  auto filesystem = must(Filesystem::open(image.devices()));
  std::vector<u8> bytes(8192);
  must(filesystem->volume().read(DATA + STRIPE_LEN - 4096, bytes, 1));
  EXPECT_EQ(bytes[0], mark(1, CHUNK_AT + 8192 + STRIPE_LEN - 4096));
  EXPECT_EQ(bytes[4096], mark(2, CHUNK_AT + 4096));
}

TEST(StripeTree, TellsTheCopiesOfDupApart) {
  TestImage image =
      image_with(BLOCK_GROUP_DUP,
                 {stripe_item(DATA, 4096, {{1, CHUNK_AT + 4096}, {1, CHUNK_AT + (u64{3} << 20)}})});
  auto filesystem = must(Filesystem::open(image.devices()));
  std::vector<u8> bytes(4096);
  must(filesystem->volume().read(DATA, bytes, 1));
  EXPECT_EQ(bytes[0], mark(1, CHUNK_AT + 4096));
  must(filesystem->volume().read(DATA, bytes, 2));
  EXPECT_EQ(bytes[0], mark(1, CHUNK_AT + (u64{3} << 20)));
}

TEST(StripeTree, SaysWhatLiesAtAPlaceOfADevice) {
  TestImage image = image_with(
      BLOCK_GROUP_RAID1,
      {stripe_item(DATA, 8192, {{1, CHUNK_AT + 40960}, {2, CHUNK_AT}}),
       stripe_item(DATA + 8192, 4096, {{2, CHUNK_AT + 4096 * 5}, {1, CHUNK_AT + 4096 * 7}})});
  auto filesystem = must(Filesystem::open(image.devices()));
  const auto tree = must(filesystem->forest().root(RAID_STRIPE_TREE_OBJECTID));
  const auto at = [&](u64 devid, u64 physical, u64 end = DATA + (u64{2} << 20)) {
    return must(find_in_stripes(filesystem->cache(), tree->pointer(), devid, physical, DATA, end));
  };
  EXPECT_EQ(at(1, CHUNK_AT + 40960 + 4100), DATA + 4100);
  EXPECT_EQ(at(2, CHUNK_AT), DATA);
  EXPECT_EQ(at(1, CHUNK_AT + 4096 * 7 + 1), DATA + 8193);
  EXPECT_EQ(at(1, CHUNK_AT + 4096 * 7 + 1, DATA + 8192), std::nullopt);
  EXPECT_EQ(at(1, CHUNK_AT + 4096 * 8), std::nullopt);
  EXPECT_EQ(at(2, CHUNK_AT + 8192), std::nullopt);
  EXPECT_EQ(at(3, CHUNK_AT), std::nullopt);
}

TEST(StripeTree, LacksADeviceThatItDoesNotName) {
  TestImage image = image_with(BLOCK_GROUP_RAID1, {stripe_item(DATA, 4096, {{1, CHUNK_AT}})});
  auto filesystem = must(Filesystem::open(image.devices()));
  // A device that the item does not name.
  std::vector<u8> bytes(4096);
  const auto other = filesystem->volume().read(DATA, bytes, 2);
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.error().to_string().find("device 2"), std::string::npos);
  // Trees are not looked up in it.
  EXPECT_TRUE(filesystem->forest().root(RAID_STRIPE_TREE_OBJECTID).ok());
}

}  // namespace
}  // namespace canopy
