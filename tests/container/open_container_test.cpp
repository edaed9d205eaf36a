#include "container/open_container.h"

#include <gtest/gtest.h>

#include "disk_images.h"
#include "filesystem/filesystem.h"
#include "support/must.h"

namespace canopy {
namespace {

void expect_opens(std::vector<u8> bytes, std::optional<u32> partition = std::nullopt) {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(must(
      open_container(memory_device(std::move(bytes)), ContainerOptions{.partition = partition})));
  auto filesystem = Filesystem::open(std::move(devices));
  EXPECT_TRUE(filesystem.ok()) << error_text(filesystem);
}

TEST(OpenContainer, OpensTheFilesystemInWhateverIsAroundIt) {
  const std::vector<u8> content = small_filesystem();
  expect_opens(content);
  expect_opens(gzip_of(content));
  expect_opens(zstd_of(content));
  expect_opens(qcow2_image(content, {}));
  expect_opens(vdi_image(content));
  expect_opens(vhd_image(content, VhdKind::fixed));
  expect_opens(vhd_image(content, VhdKind::dynamic));
  expect_opens(vmdk_image(content, VmdkKind::sparse));
  expect_opens(vmdk_image(content, VmdkKind::stream_optimized));
  expect_opens(gpt_disk(content), 2);
  expect_opens(mbr_disk(content), 5);
  expect_opens(zstd_of(qcow2_image(gpt_disk(content), {})), 2);
  expect_opens(gzip_of(vdi_image(gpt_disk(content))), 2);
  // The copy of the table is at the end of the disk, not of the file.
  expect_opens(vhd_image(gpt_disk(content, false), VhdKind::fixed), 2);
}

// The superblock has its magic at the same place in the file of such a disk.
TEST(OpenContainer, KnowsADiskInWhichTheSuperblockLiesWhereItDoesOnTheDisk) {
  std::vector<u8> content = small_filesystem();
  std::fill_n(content.begin(), 64 << 10, u8{0});
  const std::vector<u8> file = vmdk_image(content, VmdkKind::sparse);
  EXPECT_TRUE(has_btrfs_magic(*memory_device(file)));
  expect_opens(file);
}

TEST(OpenContainer, ListsThePartitionsWhereNoneWasChosen) {
  const std::vector<u8> disk = gpt_disk(small_filesystem());
  const std::string text = error_text(open_container(memory_device(disk)));
  EXPECT_NE(text.find("choose one of them: 1: 65536 bytes at 32768 \"boot\"; 2: "),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\"data\" (Btrfs)"), std::string::npos) << text;
  const std::string wrong =
      error_text(open_container(memory_device(disk), ContainerOptions{.partition = 7}));
  EXPECT_NE(wrong.find("has no partition 7, but: 1: "), std::string::npos) << wrong;
}

TEST(OpenContainer, TakesTheOnlyPartitionThatHoldsBtrfsWhereThatIsWanted) {
  const std::vector<u8> disk = gpt_disk(small_filesystem());
  std::vector<Partition> offered;
  ContainerOptions options{.take_only_btrfs = true, .offered = &offered};
  EXPECT_TRUE(open_container(memory_device(disk), options).ok());
  EXPECT_TRUE(offered.empty());
  // Where it is not, it is offered.
  options.take_only_btrfs = false;
  EXPECT_FALSE(open_container(memory_device(disk), options).ok());
  ASSERT_EQ(offered.size(), 1U);
  EXPECT_EQ(offered[0].number, 2U);
  // Of a disk without Btrfs nothing is.
  offered.clear();
  options.take_only_btrfs = true;
  EXPECT_FALSE(open_container(memory_device(gpt_disk(std::vector<u8>(1 << 20))), options).ok());
  EXPECT_TRUE(offered.empty());
}

TEST(OpenContainer, SaysWhatAFileIsThatIsNoImage) {
  auto refusal = [](std::string_view magic, std::size_t at = 0) {
    std::vector<u8> bytes(4096);
    std::copy(magic.begin(), magic.end(), bytes.begin() + static_cast<long>(at));
    return error_text(open_container(memory_device(bytes)));
  };
  EXPECT_NE(refusal("btrfs-stream").find("canopy receive --dump"), std::string::npos);
  EXPECT_NE(refusal("# Disk DescriptorFile").find("only describes a VMDK"), std::string::npos);
  EXPECT_NE(refusal("vhdxfile").find("is a VHDX disk"), std::string::npos);
}

TEST(OpenContainer, HandsBackWhatItDoesNotKnow) {
  auto device = must(open_container(memory_device(std::vector<u8>(100000))));
  EXPECT_EQ(device->size_bytes(), 100000u);
  EXPECT_EQ(must(open_container(memory_device({})))->size_bytes(), 0u);
}

}  // namespace
}  // namespace canopy
