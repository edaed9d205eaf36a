#include "volume/superblock.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/image_builder.h"
#include "support/must.h"
#include "support/sparse_device.h"

namespace canopy {
namespace {

// The superblock of a small image, put at any place of a device of any size.
class Superblocks {
 public:
  explicit Superblocks(u64 size) : device_("disk", size) {
    TestImage image = ImageBuilder().build();
    super_ = load_struct<Superblock>(image.disk(1), SUPER_OFFSETS[0]);
  }
  void put(u32 index, u64 generation) {
    Superblock super = super_;
    super.generation = generation;
    super.chunk_root_generation = 1;
    super.bytenr = SUPER_OFFSETS[index];
    put(index, super);
  }
  void put(u32 index, Superblock super) {
    Checksum checksum =
        compute_checksum(*checksum_info(CSUM_TYPE_CRC32), as_bytes(super).subspan(CSUM_SIZE));
    std::memcpy(super.csum, checksum.data(), CSUM_SIZE);
    must(device_.write(SUPER_OFFSETS[index], as_bytes(super)));
  }
  void damage(u32 index) {
    const u8 byte = 0xff;
    must(device_.write(SUPER_OFFSETS[index] + 200, Bytes(&byte, 1)));
  }
  Superblock super_;
  SparseDevice device_;
};

constexpr u64 LARGE = (u64{256} << 30) + 4096;

TEST(FindSuperblock, ChoosesTheNewestValidCopy) {
  Superblocks disk(LARGE);
  disk.put(0, 10);
  disk.put(1, 12);
  disk.put(2, 11);
  FoundSuperblock found = must(find_superblock(disk.device_));
  EXPECT_EQ(found.chosen, 1u);
  EXPECT_EQ(found.super->generation, 12u);
  ASSERT_EQ(found.mirrors.size(), 3u);
  EXPECT_TRUE(found.mirrors[2].valid);
  EXPECT_EQ(found.mirrors[2].generation, 11u);
}

TEST(FindSuperblock, TakesTheFirstOfEqualCopies) {
  Superblocks disk(LARGE);
  for (u32 i = 0; i < 3; ++i)
    disk.put(i, 10);
  EXPECT_EQ(must(find_superblock(disk.device_)).chosen, 0u);
}

TEST(FindSuperblock, PassesOverADamagedCopyAndSaysSo) {
  Superblocks disk(LARGE);
  for (u32 i = 0; i < 3; ++i)
    disk.put(i, 10);
  disk.damage(0);
  FoundSuperblock found = must(find_superblock(disk.device_));
  EXPECT_EQ(found.chosen, 1u);
  EXPECT_FALSE(found.mirrors[0].valid);
  EXPECT_EQ(found.mirrors[0].problem, "superblock at 65536: wrong checksum");
}

TEST(FindSuperblock, LooksAtTheCopiesThatTheDeviceIsLongEnoughFor) {
  Superblocks disk((u64{64} << 20) + 4095);
  disk.put(0, 10);
  EXPECT_EQ(must(find_superblock(disk.device_)).mirrors.size(), 1u);
  disk.device_.resize((u64{64} << 20) + 4096);
  disk.put(1, 10);
  EXPECT_EQ(must(find_superblock(disk.device_)).mirrors.size(), 2u);
}

TEST(FindSuperblock, ACopyOfAnotherPlaceDoesNotCount) {
  Superblocks disk(LARGE);
  disk.put(0, 10);
  Superblock stray = disk.super_;
  stray.generation = 99;
  disk.put(1, stray);  // says that it lies at 65536
  FoundSuperblock found = must(find_superblock(disk.device_));
  EXPECT_EQ(found.chosen, 0u);
  EXPECT_EQ(found.mirrors[1].problem, "superblock at 67108864: says it lies at 65536");
}

TEST(FindSuperblock, SaysWhetherItIsNotBtrfsOrDamagedOrTooShort) {
  SparseDevice empty("disk", 1 << 20);
  EXPECT_EQ(error_text(find_superblock(empty)),
            "disk is not a Btrfs image: no superblock at 65536");
  SparseDevice tiny("disk", 1000);
  EXPECT_EQ(error_text(find_superblock(tiny)),
            "disk has 1000 bytes, too few for a Btrfs filesystem");
  Superblocks disk(1 << 20);
  disk.put(0, 10);
  disk.damage(0);
  auto found = find_superblock(disk.device_);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), Code::corrupt);
  EXPECT_EQ(found.error().message(),
            "disk: no superblock is valid: superblock at 65536: wrong checksum");
}

TEST(CheckSuperblock, RefusesFieldsThatArithmeticCouldNotBear) {
  auto refused = [](auto change) {
    Superblocks disk(1 << 20);
    Superblock super = disk.super_;
    change(super);
    disk.put(0, super);
    return !find_superblock(disk.device_).ok();
  };
  EXPECT_FALSE(refused([](Superblock&) {}));
  EXPECT_TRUE(refused([](Superblock& super) { super.sectorsize = 0; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.sectorsize = 5000; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.sectorsize = 131072; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.nodesize = 2048; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.nodesize = 131072; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.root_level = 8; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.chunk_root_level = 255; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.root = super.root + 1; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.sys_chunk_array_size = 2049; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.sys_chunk_array_size = 96; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.num_devices = 0; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.chunk_root_generation = 8; }));
  EXPECT_TRUE(refused([](Superblock& super) { super.csum_type = 4; }));
}

// The superblocks of the generations from `first` on, one behind the other.
void write_log(SparseDevice& device, Superblock super, u64 at, u64 first, u64 count) {
  for (u64 i = 0; i < count; ++i) {
    super.generation = first + i;
    Checksum checksum =
        compute_checksum(*checksum_info(CSUM_TYPE_CRC32), as_bytes(super).subspan(CSUM_SIZE));
    std::memcpy(super.csum, checksum.data(), CSUM_SIZE);
    must(device.write(at + i * SUPER_INFO_SIZE, as_bytes(super)));
  }
}

TEST(FindSuperblock, OfAZonedDeviceItIsTheLastOfALogInTwoZones) {
  constexpr u64 zone = u64{64} << 20;
  constexpr u64 full = zone / SUPER_INFO_SIZE;
  struct Case {
    u64 first, in_first, second, in_second;  // the first generation of a zone, and how many follow
    u64 offset, generation;
  };
  const Case cases[] = {
      {5, 1, 0, 0, 0, 5},
      {5, 7, 0, 0, 6 * SUPER_INFO_SIZE, 11},
      {5, full, 5 + full, 3, zone + 2 * SUPER_INFO_SIZE, 7 + full},
      {9 + 2 * full, 4, 5 + full, full, 3 * SUPER_INFO_SIZE, 12 + 2 * full},
      {0, 0, 70, 6, zone + 5 * SUPER_INFO_SIZE, 75},
  };
  for (const Case& one : cases) {
    Superblocks disk(LARGE);
    disk.super_.chunk_root_generation = 1;
    disk.super_.incompat_flags = disk.super_.incompat_flags | FEATURE_INCOMPAT_ZONED;
    write_log(disk.device_, disk.super_, 0, one.first, one.in_first);
    write_log(disk.device_, disk.super_, zone, one.second, one.in_second);
    // Where others have it there are data.
    if (one.in_first <= SUPER_OFFSETS[0] / SUPER_INFO_SIZE) disk.damage(0);
    const FoundSuperblock found = must(find_superblock(disk.device_));
    EXPECT_EQ(found.super->generation, one.generation);
    ASSERT_EQ(found.mirrors.size(), 1u);
    EXPECT_EQ(found.mirrors[0].offset, one.offset);
  }
}

TEST(FindSuperblock, OfAZonedFilesystemCopiesThatWereNeverWrittenAreNotMissed) {
  Superblocks disk(LARGE);
  disk.super_.incompat_flags = disk.super_.incompat_flags | FEATURE_INCOMPAT_ZONED;
  disk.put(0, 10);
  EXPECT_EQ(must(find_superblock(disk.device_)).mirrors.size(), 1u);
  disk.put(1, 10);
  disk.damage(1);
  EXPECT_EQ(must(find_superblock(disk.device_)).mirrors.size(), 2u);
}

}  // namespace
}  // namespace canopy
