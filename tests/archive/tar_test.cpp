#include "archive/tar.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace canopy {
namespace {

void put(std::vector<u8>& archive, const TarEntry& entry, const std::string& bytes = "") {
  const std::vector<u8> header = tar_header(entry);
  archive.insert(archive.end(), header.begin(), header.end());
  archive.insert(archive.end(), bytes.begin(), bytes.end());
  archive.resize(archive.size() + to_size(tar_padding(bytes.size())));
}

// What tar(1) prints of an archive.
std::string listed(const std::vector<u8>& archive, const std::string& options = "") {
  const std::string file = testing::TempDir() + "canopy_tar_test_" + std::to_string(getpid());
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(archive.data()),
             static_cast<std::streamsize>(archive.size()));
  const std::string command =
      "TZ=UTC tar --numeric-owner --full-time " + options + " -tvvf " + file + " 2>&1";
  std::string output;
  FILE* const pipe = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): it is tar that is asked
  char buffer[4096];
  while (pipe != nullptr && fgets(buffer, sizeof buffer, pipe) != nullptr)
    output += buffer;
  if (pipe != nullptr) pclose(pipe);
  std::remove(file.c_str());
  return output;
}

TEST(Tar, EveryKindOfFileIsWhatTarReads) {
  std::vector<u8> archive;
  put(archive, {.path = "dir/", .type = TarType::directory, .mode = 0755, .mtime_sec = 1});
  put(archive, {.path = "dir/file", .mode = 04640, .uid = 1000, .gid = 100, .size_bytes = 5},
      "hello");
  put(archive, {.path = "dir/same", .type = TarType::hard_link, .link = "dir/file"});
  put(archive, {.path = "link", .type = TarType::symbolic_link, .mode = 0777, .link = "dir"});
  put(archive, {.path = "null",
                .type = TarType::character,
                .mode = 0666,
                .device_major = 1,
                .device_minor = 3});
  put(archive, {.path = "pipe", .type = TarType::fifo, .mode = 0600});
  archive.resize(archive.size() + TAR_END);
  EXPECT_EQ(archive.size() % TAR_BLOCK, 0U);
  EXPECT_EQ(listed(archive),
            "drwxr-xr-x 0/0               0 1970-01-01 00:00:01 dir/\n"
            "-rwSr----- 1000/100          5 1970-01-01 00:00:00 dir/file\n"
            "h--------- 0/0               0 1970-01-01 00:00:00 dir/same link to dir/file\n"
            "lrwxrwxrwx 0/0               0 1970-01-01 00:00:00 link -> dir\n"
            "crw-rw-rw- 0/0             1,3 1970-01-01 00:00:00 null\n"
            "prw------- 0/0               0 1970-01-01 00:00:00 pipe\n");
}

TEST(Tar, WhatAHeaderHasNoRoomForStandsInRecords) {
  const std::string name = std::string(200, 'n') + "/" + std::string(250, 'm');
  std::vector<u8> archive;
  put(archive, {.path = name, .mode = 0600, .uid = 3000000000, .mtime_sec = 5, .mtime_nsec = 7});
  archive.resize(archive.size() + TAR_END);
  EXPECT_EQ(listed(archive),
            "-rw------- 3000000000/0      0 1970-01-01 00:00:05.000000007 " + name + "\n");
}

TEST(Tar, TimesBefore1970AreDecimalNumbers) {
  // tar of Debian 12 takes the fraction of such a time in the wrong direction; POSIX is clear.
  const auto mtime = [](i64 seconds, u32 nanoseconds) {
    const std::vector<u8> header =
        tar_header({.path = "early", .mtime_sec = seconds, .mtime_nsec = nanoseconds});
    const std::string text(header.begin(), header.end());
    const std::size_t at = text.find("mtime=");
    return text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(mtime(-10, 250000000), "mtime=-9.750000000");
  EXPECT_EQ(mtime(-10, 0), "mtime=-10.000000000");
  EXPECT_EQ(mtime(-1, 250000000), "mtime=-0.750000000");
}

TEST(Tar, XattrsAreThoseThatTarRestores) {
  TarEntry entry{.path = "file", .mode = 0600};
  entry.xattrs = {{"user.a=b", {0, 1, 2}}, {"user.plain", {'v'}}};
  std::vector<u8> archive;
  put(archive, entry);
  archive.resize(archive.size() + TAR_END);
  const std::string text = listed(archive, "--xattrs");
  EXPECT_NE(text.find("x: 3 user.a=b\n"), std::string::npos) << text;
  EXPECT_NE(text.find("x: 1 user.plain\n"), std::string::npos) << text;
}

TEST(Tar, TheLengthOfARecordCountsItself) {
  // Around the lengths at which the number gets one more digit.
  for (std::size_t length = 101; length < 1030; length++) {
    const std::string path(length, 'p');
    std::vector<u8> archive;
    put(archive, {.path = path});
    const std::string text(archive.begin() + TAR_BLOCK, archive.end());
    const std::size_t end = text.find('\n') + 1;
    ASSERT_EQ(std::stoul(text), end) << text.substr(0, 20);
    ASSERT_EQ(text.substr(end - path.size() - 1, path.size()), path);
  }
}

}  // namespace
}  // namespace canopy
