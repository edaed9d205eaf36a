#include "container/partitions.h"

#include <gtest/gtest.h>

#include "disk_images.h"
#include "support/must.h"

namespace canopy {
namespace {

TEST(Partitions, OfAGptAreFoundWithTheirNames) {
  const std::vector<u8> content = small_filesystem();
  for (const bool sound : {true, false}) {
    auto disk = memory_device(gpt_disk(content, sound));
    const PartitionTable table = must(read_partition_table(*disk));
    EXPECT_STREQ(table.kind, "GPT");
    ASSERT_EQ(table.partitions.size(), 2u);
    EXPECT_EQ(table.partitions[0].name, "boot");
    EXPECT_FALSE(table.partitions[0].is_btrfs);
    const Partition& second = table.partitions[1];
    EXPECT_EQ(second.number, 2u);
    EXPECT_EQ(second.name, "data");
    EXPECT_EQ(second.start, PARTITION_START);
    EXPECT_EQ(second.length, content.size());
    EXPECT_TRUE(second.is_btrfs);
  }
}

TEST(Partitions, OfAnMbrAreFoundInTheExtendedOneToo) {
  const std::vector<u8> content = small_filesystem();
  auto disk = memory_device(mbr_disk(content));
  const PartitionTable table = must(read_partition_table(*disk));
  EXPECT_STREQ(table.kind, "MBR");
  ASSERT_EQ(table.partitions.size(), 2u);
  EXPECT_EQ(table.partitions[0].number, 1u);
  EXPECT_EQ(table.partitions[1].number, 5u);
  EXPECT_EQ(table.partitions[1].start, PARTITION_START);
  EXPECT_TRUE(table.partitions[1].is_btrfs);
}

TEST(Partitions, AChainOfLogicalOnesThatRunsInACircleEnds) {
  std::vector<u8> bytes = mbr_disk(std::vector<u8>(1u << 20));
  const std::size_t extended = PARTITION_START - 64 * 512;
  u8* next = &bytes[extended + 446 + 16];
  next[4] = 0x05;
  next[8] = 0;
  bytes[extended + 446 + 16 + 8] = 1;
  std::copy_n(bytes.begin() + static_cast<long>(extended), 512,
              bytes.begin() + static_cast<long>(extended + 512));
  auto disk = memory_device(std::move(bytes));
  EXPECT_LE(must(read_partition_table(*disk)).partitions.size(), 200u);
}

TEST(Partitions, OfAFilesystemWithoutATableThereAreNone) {
  auto disk = memory_device(small_filesystem());
  EXPECT_TRUE(must(read_partition_table(*disk)).partitions.empty());
  EXPECT_TRUE(has_btrfs_magic(*disk));
}

TEST(Partitions, OneIsADeviceOfItsOwn) {
  const std::vector<u8> content = small_filesystem();
  auto disk = memory_device(gpt_disk(content));
  const PartitionTable table = must(read_partition_table(*disk));
  auto partition = open_partition(std::move(disk), table.partitions[1]);
  EXPECT_EQ(partition->name(), "disk.img, partition 2");
  EXPECT_EQ(bytes_of(*partition), content);
  u8 byte = 0;
  EXPECT_FALSE(partition->read(content.size(), MutableBytes(&byte, 1)).ok());
}

}  // namespace
}  // namespace canopy
