#include "device/file_device.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#ifndef __EMSCRIPTEN__
#include "device/mapped_faults.h"
#endif

namespace canopy {
namespace {

// A file that is there for one test.
class TemporaryFile {
 public:
  explicit TemporaryFile(Bytes bytes) {
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = testing::TempDir() + "canopy_file_device_" + std::to_string(getpid());
};

TEST(FileDevice, ReadsWhatTheFileHolds) {
  const u8 bytes[] = {1, 2, 3, 4, 5};
  TemporaryFile file(bytes);
  auto device = open_file_device(file.path());
  ASSERT_TRUE(device.ok());
  EXPECT_EQ(device.value()->size_bytes(), 5u);
  EXPECT_EQ(device.value()->name(), file.path());
  u8 read[2] = {};
  ASSERT_TRUE(device.value()->read(3, read).ok());
  EXPECT_EQ(read[0], 4);
  EXPECT_EQ(read[1], 5);
  EXPECT_FALSE(device.value()->read(4, read).ok());
  EXPECT_FALSE(device.value()->read(~u64{0}, read).ok());
  if (auto place = device.value()->mapped(1, 4)) {
    EXPECT_EQ((*place)[3], 5);
  }
  EXPECT_FALSE(device.value()->mapped(1, 5).has_value());
}

TEST(FileDevice, IsNeverWritten) {
  const u8 bytes[] = {1, 2, 3};
  TemporaryFile file(bytes);
  auto device = open_file_device(file.path());
  ASSERT_TRUE(device.ok());
  EXPECT_EQ(device.value()->write(0, bytes).error().code(), Code::unsupported);
}

TEST(FileDevice, NothingAndAFolderCannotBeOpened) {
  EXPECT_EQ(open_file_device("/nowhere/at/all").error().to_string(),
            "cannot open /nowhere/at/all: No such file or directory");
  EXPECT_EQ(open_file_device(testing::TempDir()).error().code(), Code::io);
}

TEST(FileDevice, AnEmptyFileHasNoBytes) {
  TemporaryFile file({});
  auto device = open_file_device(file.path());
  ASSERT_TRUE(device.ok());
  u8 read[1];
  EXPECT_FALSE(device.value()->read(0, read).ok());
  EXPECT_TRUE(device.value()->read(0, {}).ok());
}

TEST(FileDevice, SaysThatItsFileWasChanged) {
  const u8 bytes[] = {1, 2, 3};
  TemporaryFile file(bytes);
  auto device = open_file_device(file.path());
  ASSERT_TRUE(device.ok());
  EXPECT_TRUE(device.value()->check_unchanged().ok());
  std::FILE* writer = std::fopen(file.path().c_str(), "ab");
  std::fputc('x', writer);
  std::fclose(writer);
  EXPECT_EQ(device.value()->check_unchanged().error().to_string(),
            file.path() + " was changed while open: it had 3 bytes and has 4");
}

#ifndef __EMSCRIPTEN__
using FileDeviceDeathTest = testing::Test;

TEST(FileDeviceDeathTest, AFileThatBecomesShorterEndsTheProgramWithASentence) {
  const std::vector<u8> bytes(1 << 16, 7);
  TemporaryFile file(bytes);
  auto device = open_file_device(file.path());
  ASSERT_TRUE(device.ok());
  const Bytes place = device.value()->mapped(0, bytes.size()).value();
  EXPECT_EXIT(
      {
        exit_on_mapped_fault(3, [] { std::fputs("cleaned up\n", stderr); });
        if (truncate(file.path().c_str(), 4096) != 0) _exit(9);
        const volatile u8* byte = &place[40960];
        _exit(*byte == 7 ? 8 : 7);
      },
      testing::ExitedWithCode(3),
      "file_device_.* cannot be read at 40960: it was made shorter while open.*\n.*cleaned up");
}
#endif

}  // namespace
}  // namespace canopy
