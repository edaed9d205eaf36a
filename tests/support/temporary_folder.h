// A folder of the test's own, which is removed with it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace canopy {

class TemporaryFolderTest : public testing::Test {
 protected:
  void SetUp() override { make_folder(std::filesystem::temp_directory_path()); }
  void TearDown() override {
    for (const std::filesystem::path& folder : folders_)
      std::filesystem::remove_all(folder);
  }

  // Another one below `where`, where it is known that such can be made; removed likewise.
  std::filesystem::path make_folder(const std::filesystem::path& where) {
    std::string pattern = (where / "canopy-test-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr) << where;
    return folders_.emplace_back(pattern);
  }

  const std::filesystem::path& folder() const { return folders_.front(); }
  std::string path(const char* name) const { return folder() / name; }
  std::string read(const std::string& path) const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // How many files are in it.
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder()),
                                                  std::filesystem::directory_iterator()));
  }

 private:
  std::vector<std::filesystem::path> folders_;
};

}  // namespace canopy
