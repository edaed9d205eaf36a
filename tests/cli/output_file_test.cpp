#include "cli/output_file.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "support/temporary_folder.h"

namespace canopy {
namespace {

namespace fs = std::filesystem;

Bytes bytes_of(std::string_view text) { return canopy::as_bytes(text); }

using OutputFileTest = TemporaryFolderTest;

TEST_F(OutputFileTest, AFileHasItsNameOnlyOnceItIsWhole) {
  auto made = OutputFile::create(path("out"));
  ASSERT_TRUE(made.ok());
  auto file = std::move(made).value();
  ASSERT_TRUE(file->write(bytes_of("one ")).ok());
  EXPECT_FALSE(fs::exists(path("out")));
  ASSERT_TRUE(file->write(bytes_of("two")).ok());
  ASSERT_TRUE(file->finish().ok());
  EXPECT_EQ(read(path("out")), "one two");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFileTest, AnUnfinishedFileLeavesNothingBehindAndTheOldOneAsItWas) {
  std::ofstream(path("out")) << "old";
  {
    auto file = OutputFile::create(path("out"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file.value()->write(bytes_of("new")).ok());
  }
  EXPECT_EQ(read(path("out")), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFileTest, ASignalThatEndsTheProgramLeavesNothingBehind) {
  EXPECT_EXIT(
      {
        auto file = OutputFile::create(path("out"));
        std::raise(SIGTERM);
      },
      testing::KilledBySignal(SIGTERM), "");
  EXPECT_EQ(files(), 0u);
}

TEST_F(OutputFileTest, AnInputCannotBeTheOutputUnderAnyName) {
  std::ofstream(path("image")) << "precious";
  fs::create_symlink(path("image"), path("other"));
  const auto refused = OutputFile::create(path("other"), {path("image")});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_EQ(read(path("image")), "precious");
}

TEST_F(OutputFileTest, AFullDiskIsToldAsOne) {
  auto file = OutputFile::create("/dev/full");
  ASSERT_TRUE(file.ok());
  const auto result = file.value()->write(bytes_of("x"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::no_space);
}

TEST_F(OutputFileTest, ALinkStaysALinkToTheFileThatIsReplaced) {
  std::ofstream(path("file")) << "old";
  fs::create_symlink(path("file"), path("link"));
  auto file = OutputFile::create(path("link"));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file.value()->write(bytes_of("new")).ok());
  ASSERT_TRUE(file.value()->finish().ok());
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(read(path("file")), "new");
}

}  // namespace
}  // namespace canopy
