#include "files/subvolume_files.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "checksum/checksum.h"
#include "files/file_contents.h"
#include "filesystem/filesystem.h"
#include "ondisk/superblock.h"
#include "support/image_builder.h"
#include "support/must.h"
#include "support/recorded_image.h"

namespace canopy {
namespace {

class RecordedFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(must(load_recorded_image(TEST_IMAGES_DIR "/sharing.img.zst")));
    filesystem_ = must(Filesystem::open(std::move(devices)));
    const auto bytes = must(read_test_file(TEST_IMAGES_DIR "/sharing.sha256.zst"));
    std::istringstream lines{std::string(as_text(bytes))};
    u64 tree = 0, ino = 0, size = 0;
    std::string sha256;
    while (lines >> tree >> ino >> size >> sha256)
      files_[tree][ino] = {size, sha256};
  }

  struct Recorded {
    u64 size;
    std::string sha256;
  };
  std::unique_ptr<Filesystem> filesystem_;
  std::map<u64, std::map<u64, Recorded>> files_;  // what the kernel read, by tree and inode
};

std::string sha256_of(Bytes bytes) {
  const ChecksumInfo& info = *checksum_info(CSUM_TYPE_SHA256);
  const Checksum sum = compute_checksum(info, bytes);
  std::string text;
  for (u32 i = 0; i < info.size; ++i)
    text += fmt::format("{:02x}", sum[i]);
  return text;
}

TEST_F(RecordedFiles, AWalkMeetsEveryFileAndReadsWhatTheKernelRead) {
  for (const auto& [tree, expected] : files_) {
    const auto files = must(SubvolumeFiles::open(filesystem_->forest(), tree));
    FileContents contents(files);
    std::map<u64, Recorded> missing = expected;
    must(files.for_each([&](const std::string&, const DirectoryEntry& entry) -> Result<void> {
      const auto found = missing.find(entry.ino);
      if (entry.type != FT_REG_FILE || found == missing.end()) return {};
      std::vector<u8> bytes(static_cast<std::size_t>(found->second.size));
      TRY(contents.read(entry.ino, 0, bytes));
      EXPECT_EQ(sha256_of(bytes), found->second.sha256) << tree << " " << entry.ino;
      missing.erase(found);
      return {};
    }));
    EXPECT_TRUE(missing.empty()) << tree;
  }
}

TEST_F(RecordedFiles, PathsAndInodesLeadToEachOther) {
  for (const auto& [tree, expected] : files_) {
    const auto files = must(SubvolumeFiles::open(filesystem_->forest(), tree));
    for (const auto& [ino, recorded] : expected) {
      const auto paths = must(files.paths(ino));
      ASSERT_FALSE(paths.empty());
      for (const std::string& path : paths)
        EXPECT_EQ(must(files.find(path)).ino, ino) << path;
    }
  }
}

TEST_F(RecordedFiles, PiecesOfAFileAreThoseOfTheWhole) {
  const auto& [tree, expected] = *files_.begin();
  const auto files = must(SubvolumeFiles::open(filesystem_->forest(), tree));
  FileContents contents(files);
  for (const auto& [ino, recorded] : expected) {
    if (recorded.size < 10000) continue;
    std::vector<u8> whole(static_cast<std::size_t>(recorded.size));
    must(contents.read(ino, 0, whole));
    std::vector<u8> piece(5001);
    const u64 offset = recorded.size / 3;
    piece.resize(static_cast<std::size_t>(std::min<u64>(piece.size(), recorded.size - offset)));
    must(contents.read(ino, offset, piece));
    EXPECT_TRUE(std::equal(piece.begin(), piece.end(),
                           whole.begin() + static_cast<std::ptrdiff_t>(offset)));
  }
}

TEST_F(RecordedFiles, WhatIsNotThereIsToldByItsName) {
  const auto files = must(SubvolumeFiles::open(filesystem_->forest(), files_.begin()->first));
  EXPECT_EQ(files.find("no such file").error().code(), Code::not_found);
  EXPECT_EQ(SubvolumeFiles::open(filesystem_->forest(), 99999).error().code(), Code::not_found);
  const u64 file = files_.begin()->second.begin()->first;
  EXPECT_EQ(files.list(file).error().code(), Code::invalid);
  EXPECT_EQ(files.symlink_target(file).error().code(), Code::invalid);
  EXPECT_FALSE(must(files.find_inode(1234567)).has_value());
}

}  // namespace
}  // namespace canopy
