#include "container/virtual_disk.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/bytes.h"
#include "container/open_container.h"
#include "device/file_device.h"
#include "disk_images.h"
#include "support/must.h"
#include "support/temporary_folder.h"

namespace canopy {
namespace {

// With ends that fill no block, and a stretch of zeros longer than one.
std::vector<u8> sample() {
  std::vector<u8> bytes((7u << 20) + 512);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (i / 1000000 < 2 || i / 1000000 > 5) bytes[i] = static_cast<u8>(i / 7 + i / 1000);
  return bytes;
}

using Open = Result<std::unique_ptr<Device>> (*)(std::unique_ptr<Device> file);

void expect_disk(Open open, std::vector<u8> file) {
  const std::vector<u8> bytes = sample();
  EXPECT_LT(file.size(), bytes.size() + 1024);
  auto disk = must(open(memory_device(std::move(file))));
  EXPECT_EQ(bytes_of(*disk), bytes);
  std::vector<u8> part(3000000);
  must(disk->read(65000, part));
  EXPECT_TRUE(std::equal(part.begin(), part.end(), bytes.begin() + 65000));
  EXPECT_FALSE(disk->read(bytes.size() - 5, MutableBytes(part).first(6)).ok());
  for (const auto& [at, length] :
       {std::pair(u64{70000}, u64{100}), std::pair(u64{3} << 20, u64{10}),
        std::pair((u64{1} << 20) - 5, u64{10})}) {
    const auto place = disk->mapped(at, length);
    const auto from = bytes.begin() + static_cast<long>(at);
    EXPECT_TRUE(!place || std::equal(place->begin(), place->end(), from)) << at;
  }
}

TEST(VirtualDisk, GivesTheDiskOfEveryKind) {
  expect_disk(open_vdi, vdi_image(sample()));
  expect_disk(open_vhd, vhd_image(sample(), VhdKind::fixed));
  expect_disk(open_vhd, vhd_image(sample(), VhdKind::dynamic));
  expect_disk(open_vmdk, vmdk_image(sample(), VmdkKind::sparse));
  expect_disk(open_vmdk, vmdk_image(sample(), VmdkKind::stream_optimized));
}

// What opening says of the image with some bytes changed; its numbers from the lowest byte up.
std::string changed(Open open, std::vector<u8> file, std::size_t at, std::vector<u8> bytes) {
  std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<long>(at));
  return error_text(open(memory_device(std::move(file))));
}

void expect_says(const std::string& text, const char* what) {
  EXPECT_NE(text.find(what), std::string::npos) << text;
}

TEST(VirtualDisk, RefusesDifferencesToOtherImages) {
  constexpr const char* difference = "only the difference";
  expect_says(changed(open_vdi, vdi_image(sample()), 0x1b8, {1}), difference);
  expect_says(changed(open_vdi, vdi_image(sample()), 0x4c, {4}), difference);
  std::vector<u8> vhd = vhd_image(sample(), VhdKind::dynamic);
  expect_says(changed(open_vhd, vhd, vhd.size() - 512 + 63, {4}), difference);
  const std::string_view hint = "parentFileNameHint=\"base.vmdk\"";
  expect_says(
      changed(open_vmdk, vmdk_image(sample(), VmdkKind::sparse), 600, {hint.begin(), hint.end()}),
      difference);
}

TEST(VirtualDisk, RefusesHeadersThatCannotBe) {
  const std::vector<u8> vdi = vdi_image(sample());
  expect_says(changed(open_vdi, vdi, 0x44, {9}), "version");
  expect_says(changed(open_vdi, vdi, 0x178, {0, 0, 0, 0}), "blocks of 0 bytes");
  expect_says(changed(open_vdi, vdi, 0x174, {1}), "a table of 8 entries for a disk of");
  std::vector<u8> long_table = vdi;
  std::fill_n(long_table.begin() + 0x180, 4, u8{0xff});
  expect_says(changed(open_vdi, long_table, 0x176, {1}), "blocks of 1048576 bytes are too many");
  expect_says(changed(open_vdi, long_table, 0x175, {4}), "passes the end of the file");
  expect_says(changed(open_vdi, vdi, 0x154, {0xff, 0xff, 0xff, 0xff}),
              "passes the end of the file");
  const std::vector<u8> vhd = vhd_image(sample(), VhdKind::dynamic);
  expect_says(changed(open_vhd, vhd, vhd.size() - 512 + 63, {9}), "type 9");
  expect_says(changed(open_vhd, vhd, 512, {'x'}), "without a header");
  expect_says(changed(open_vhd, vhd, 512 + 32, {0, 0, 0, 0}), "blocks of 0 bytes");
  expect_says(changed(open_vhd, vhd, 512 + 28, {0, 0, 0, 0}), "a table of 0 entries");
  expect_says(changed(open_vhd, vhd, 512 + 16, {0x7f}), "passes the end of the file");
  const std::vector<u8> vmdk = vmdk_image(sample(), VmdkKind::sparse);
  expect_says(changed(open_vmdk, vmdk, 4, {9}), "version 9");
  expect_says(changed(open_vmdk, vmdk, 20, {0}), "grains of 0 sectors");
  expect_says(changed(open_vmdk, vmdk, 44, {0, 0}), "tables of 0 entries");
  expect_says(changed(open_vmdk, vmdk, 19, {0x7f}), "sectors, the directory at");
  expect_says(changed(open_vmdk, vmdk, 16, {1}), "passes the end of the file");
  expect_says(changed(open_vmdk, vmdk, 17, {1}), "are too many");
  std::vector<u8> packed = vmdk_image(sample(), VmdkKind::stream_optimized);
  packed.pop_back();
  expect_says(error_text(open_vmdk(memory_device(packed))), "without a footer");
}

TEST(VirtualDisk, GivesAnErrorForBlocksThatLieNowhere) {
  std::vector<u8> part(512);
  std::vector<u8> vdi = vdi_image(sample());
  vdi[512 + 3] = 0x7f;
  std::vector<u8> vhd = vhd_image(sample(), VhdKind::dynamic);
  vhd[1536] = 0x7f;
  for (auto& disk : {must(open_vdi(memory_device(vdi))), must(open_vhd(memory_device(vhd)))}) {
    EXPECT_FALSE(disk->read(0, part).ok());
    EXPECT_TRUE(disk->read(u64{6} << 20, part).ok());
  }
  std::vector<u8> packed = vmdk_image(sample(), VmdkKind::stream_optimized);
  std::fill_n(packed.begin() + (64 << 10) + 8, 3, u8{0xff});  // the length of the first grain
  auto disk = must(open_vmdk(memory_device(packed)));
  EXPECT_FALSE(disk->read(0, part).ok());
  EXPECT_TRUE(disk->read(u64{6} << 20, part).ok());
}

#ifndef __EMSCRIPTEN__
using QemuImages = TemporaryFolderTest;

TEST_F(QemuImages, OpenAsTheDisksThatTheyWereMadeOf) {
  if (std::system("qemu-img --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no qemu-img";
  // What VHD can have: its sizes are rounded to cylinders.
  std::vector<u8> bytes = sample();
  bytes.resize(u64{17} * 4 * 512 * 300);
  std::ofstream(path("raw"), std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
  for (const char* format :
       {"vdi", "vdi -o static=on", "vpc -o force_size=on", "vpc -o subformat=fixed,force_size=on",
        "vmdk", "vmdk -o subformat=streamOptimized", "qcow2", "qcow2 -c"}) {
    SCOPED_TRACE(format);
    const std::string made = path("disk");
    ASSERT_EQ(
        std::system(
            fmt::format("qemu-img convert -f raw -O {} {} {}", format, path("raw"), made).c_str()),
        0);
    auto disk = must(open_container(must(open_file_device(made))));
    ASSERT_EQ(disk->size_bytes(), bytes.size());
    EXPECT_TRUE(bytes_of(*disk) == bytes);
    disk.reset();
    std::filesystem::remove(made);
  }
}
#endif

}  // namespace
}  // namespace canopy
