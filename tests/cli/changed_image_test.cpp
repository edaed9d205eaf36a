#include "cli/changed_image.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "support/temporary_folder.h"

namespace canopy {
namespace {

namespace fs = std::filesystem;

constexpr u64 SIZE = (5u << 20) + 1234;

class ChangedImagesTest : public TemporaryFolderTest {
 protected:
  std::vector<u8> bytes_of(const std::string& path) const {
    const std::string bytes = read(path);
    return {bytes.begin(), bytes.end()};
  }
  // Noise with a hole of zeros in the middle.
  std::vector<u8> make_image(const char* name, Random& random) const {
    std::vector<u8> bytes(SIZE);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      if (i < 1u << 20 || i >= 4u << 20) bytes[i] = static_cast<u8>(random.next());
    std::ofstream file(path(name), std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), 1 << 20);
    file.seekp(4 << 20);
    file.write(reinterpret_cast<const char*>(bytes.data() + (4 << 20)), SIZE - (4 << 20));
    return bytes;
  }
};

void write_noise(Device& device, std::vector<u8>& model, u64 offset, u64 length, Random& random) {
  std::vector<u8> bytes(static_cast<std::size_t>(length));
  for (u8& byte : bytes)
    byte = static_cast<u8>(random.next());
  ASSERT_TRUE(device.write(offset, bytes).ok());
  std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<std::ptrdiff_t>(offset));
}

TEST_F(ChangedImagesTest, ReadAsWrittenAllAlongAndInTheEnd) {
  Random random(1);
  const std::vector<u8> original = make_image("image", random);
  std::vector<u8> model = original;
  auto changed = ChangedImages::prepare({path("image")}, {path("out")});
  ASSERT_TRUE(changed.ok());
  {
    auto devices = changed.value().open();
    ASSERT_TRUE(devices.ok()) << devices.error().to_string();
    Device& device = *devices.value()[0];
    ASSERT_EQ(device.size_bytes(), SIZE);
    for (int i = 0; i < 100; ++i) {
      const u64 length = random.below(u64{200000}), offset = random.below(SIZE - length);
      if (i % 3 == 0) write_noise(device, model, offset, length, random);
      std::vector<u8> bytes(static_cast<std::size_t>(length));
      ASSERT_TRUE(device.read(offset, bytes).ok());
      const Bytes expected = Bytes(model).subspan(static_cast<std::size_t>(offset), bytes.size());
      ASSERT_TRUE(std::ranges::equal(bytes, expected)) << i;
      auto place = device.mapped(offset, length);
      ASSERT_TRUE(!place || std::ranges::equal(*place, expected)) << i;
    }
    EXPECT_FALSE(device.write(SIZE - 5, std::vector<u8>(6)).ok());
    EXPECT_FALSE(fs::exists(path("out")));
    ASSERT_TRUE(changed.value().finish().ok());
  }
  EXPECT_EQ(bytes_of(path("out")), model);
  EXPECT_EQ(bytes_of(path("image")), original);
  EXPECT_EQ(files(), 2u);
}

TEST_F(ChangedImagesTest, LeaveHolesWhereTheImageHasThemAndWhereItWasDiscarded) {
  Random random(2);
  std::vector<u8> model = make_image("image", random);
  auto changed = ChangedImages::prepare({path("image")}, {path("out")});
  ASSERT_TRUE(changed.ok());
  auto devices = changed.value().open();
  ASSERT_TRUE(devices.ok());
  Device& device = *devices.value()[0];
  write_noise(device, model, 2u << 20, 1u << 20, random);
  // Of the image, of what was written, and once more of what was written after it.
  for (u64 offset : {u64{512} << 10, u64{5} << 19, u64{11} << 18}) {
    const u64 length = 256u << 10;
    ASSERT_TRUE(device.discard(offset, length).ok());
    std::fill_n(model.begin() + static_cast<std::ptrdiff_t>(offset), length, u8{0});
  }
  write_noise(device, model, (5u << 19) + 8192, 4096, random);
  ASSERT_TRUE(changed.value().finish().ok());
  EXPECT_EQ(bytes_of(path("out")), model);
  struct stat status{};
  ASSERT_EQ(stat(path("out").c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, (3 << 20) - (512 << 10));
}

// Where the system shares nothing between image and output, and may not even copy.
TEST_F(ChangedImagesTest, AreWholeOnAnotherFileSystemToo) {
  const fs::path shared_memory = "/dev/shm";
  if (!fs::is_directory(shared_memory)) GTEST_SKIP() << "there is no " << shared_memory;
  struct stat here{}, there{};
  ASSERT_EQ(stat(folder().c_str(), &here), 0);
  ASSERT_EQ(stat(shared_memory.c_str(), &there), 0);
  if (here.st_dev == there.st_dev) GTEST_SKIP() << "all lies on one file system";

  Random random(5);
  std::vector<u8> model = make_image("image", random);
  // Zeros that are no hole of the image, but can be one of the output.
  const std::size_t zeros_at = 16u << 10, zeros = 512u << 10;
  std::fill_n(model.begin() + zeros_at, zeros, u8{0});
  std::fstream file(path("image"), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(zeros_at);
  file.write(std::string(zeros, '\0').data(), zeros);
  file.close();
  const std::string out = make_folder(shared_memory) / "out";
  auto changed = ChangedImages::prepare({path("image")}, {out});
  ASSERT_TRUE(changed.ok());
  auto devices = changed.value().open();
  ASSERT_TRUE(devices.ok());
  write_noise(*devices.value()[0], model, (4u << 20) + 777, 100000, random);
  ASSERT_TRUE(changed.value().finish().ok());
  EXPECT_EQ(bytes_of(out), model);
  struct stat status{};
  ASSERT_EQ(stat(out.c_str(), &status), 0);
  EXPECT_LE(status.st_blocks * 512, (2 << 20) + (8 << 10) - (512 << 10));
}

// What is wrapped around an image is left out of the changed one.
TEST_F(ChangedImagesTest, AreBareAlsoWhereTheImageIsNot) {
  Random random(6);
  std::vector<u8> model = make_image("image", random);
  // A disk without partitions in a fixed VHD: the disk, and a footer.
  std::ofstream vhd(path("disk.vhd"), std::ios::binary);
  vhd.write(reinterpret_cast<const char*>(model.data()), static_cast<std::streamsize>(SIZE));
  std::string footer(512, '\0');
  footer.replace(0, 8, "conectix");
  for (int i = 0; i < 8; ++i)
    footer[static_cast<std::size_t>(48 + i)] = static_cast<char>(SIZE >> 8 * (7 - i));
  footer[63] = 2;
  vhd << footer;
  vhd.close();
  auto changed = ChangedImages::prepare({path("disk.vhd")}, {path("out")});
  ASSERT_TRUE(changed.ok());
  auto devices = changed.value().open();
  ASSERT_TRUE(devices.ok());
  ASSERT_EQ(devices.value()[0]->size_bytes(), SIZE);
  write_noise(*devices.value()[0], model, (4u << 20) + 777, 100000, random);
  ASSERT_TRUE(devices.value()[0]->discard(0, 8192).ok());
  std::fill_n(model.begin(), 8192, u8{0});
  ASSERT_TRUE(changed.value().finish().ok());
  EXPECT_EQ(bytes_of(path("out")), model);
  struct stat status{};
  ASSERT_EQ(stat(path("out").c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, (2 << 20) + (16 << 10));
}

TEST_F(ChangedImagesTest, LeaveNothingWhenTheyAreNotFinished) {
  Random random(3);
  make_image("image", random);
  {
    auto changed = ChangedImages::prepare({path("image"), path("none")}, {path("a"), path("b")});
    ASSERT_TRUE(changed.ok());
    EXPECT_FALSE(changed.value().open().ok());
  }
  EXPECT_EQ(files(), 1u);
}

TEST_F(ChangedImagesTest, RefuseOutputsThatAreImagesOrNoFiles) {
  Random random(4);
  make_image("image", random);
  EXPECT_FALSE(ChangedImages::prepare({path("image")}, {path("image")}).ok());
  EXPECT_FALSE(ChangedImages::prepare({path("image")}, {folder() / "." / "image"}).ok());
  EXPECT_FALSE(ChangedImages::prepare({path("image")}, {}).ok());
  EXPECT_FALSE(ChangedImages::prepare({path("image")}, {"/dev/null"}).ok());
  EXPECT_FALSE(ChangedImages::prepare({path("image"), "b"}, {path("c"), path("c")}).ok());
}

}  // namespace
}  // namespace canopy
