#include "cli/output_file.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/bytes.h"

namespace canopy {
namespace {

namespace fs = std::filesystem;

Bytes bytes_of(std::string_view text) { return canopy::as_bytes(text); }

class OutputFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "canopy-output-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const char* name) const { return folder_ / name; }
  std::string read(const char* name) const {
    std::ostringstream text;
    text << std::ifstream(path(name), std::ios::binary).rdbuf();
    return text.str();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

TEST_F(OutputFileTest, AFileHasItsNameOnlyOnceItIsWhole) {
  auto made = OutputFile::create(path("out"));
  ASSERT_TRUE(made.ok());
  auto file = std::move(made).value();
  ASSERT_TRUE(file->write(bytes_of("one ")).ok());
  EXPECT_FALSE(fs::exists(path("out")));
  ASSERT_TRUE(file->write(bytes_of("two")).ok());
  ASSERT_TRUE(file->finish().ok());
  EXPECT_EQ(read("out"), "one two");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFileTest, AnUnfinishedFileLeavesNothingBehindAndTheOldOneAsItWas) {
  std::ofstream(path("out")) << "old";
  {
    auto file = OutputFile::create(path("out"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file.value()->write(bytes_of("new")).ok());
  }
  EXPECT_EQ(read("out"), "old");
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
  EXPECT_EQ(read("image"), "precious");
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
  EXPECT_EQ(read("file"), "new");
}

}  // namespace
}  // namespace canopy
