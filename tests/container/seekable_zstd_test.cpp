#include "container/seekable_zstd.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/random.h"
#include "container/open_container.h"
#include "disk_images.h"
#include "support/must.h"

namespace canopy {
namespace {

void append_le32(std::vector<u8>& to, u64 value) {
  for (u32 i = 0; i < 4; ++i)
    to.push_back(static_cast<u8>(value >> (8 * i)));
}

struct Options {
  bool checksums = false;
  u64 count_more = 0;  // frames that the table names beyond those that are there
  u64 claim_more = 0;  // bytes of the first frame
  u32 table_magic = 0x8f92eab1;
};

// Frames of `piece` bytes each and the table of them.
std::vector<u8> seekable(const std::vector<u8>& bytes, std::size_t piece, const Options& options) {
  std::vector<u8> file, entries;
  u64 count = 0;
  for (std::size_t at = 0; at < bytes.size(); at += piece, ++count) {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min(piece, bytes.size() - at);
    const std::vector<u8> frame = zstd_of({begin, begin + static_cast<std::ptrdiff_t>(length)});
    append_le32(entries, frame.size());
    append_le32(entries, length + (count == 0 ? options.claim_more : 0));
    if (options.checksums) append_le32(entries, 0);
    file.insert(file.end(), frame.begin(), frame.end());
  }
  append_le32(file, 0x184d2a5e);
  append_le32(file, entries.size() + 9);
  file.insert(file.end(), entries.begin(), entries.end());
  append_le32(file, count + options.count_more);
  file.push_back(options.checksums ? 0x80 : 0);
  append_le32(file, options.table_magic);
  return file;
}

std::vector<u8> sample() {
  Random random(3);
  std::vector<u8> bytes(1'000'001);
  for (std::size_t i = 0; i < bytes.size(); i += 1 + random.below(200))
    bytes[i] = static_cast<u8>(random.next());
  return bytes;
}

TEST(SeekableZstd, ReadsFromAnyPlaceWithoutUnpackingTheRest) {
  const std::vector<u8> bytes = sample();
  Random random(4);
  for (const std::size_t piece : {1000u, 65536u, 2000000u})
    for (const bool checksums : {false, true}) {
      auto file = memory_device(seekable(bytes, piece, {.checksums = checksums}));
      auto table = must(read_seek_table(*file));
      ASSERT_TRUE(table);
      auto device = open_seekable_zstd(std::move(file), std::move(*table));
      EXPECT_EQ(bytes_of(*device), bytes);
      for (u32 i = 0; i < 50; ++i) {
        const u64 offset = random.below(bytes.size());
        std::vector<u8> read(random.below(std::min<u64>(bytes.size() - offset, 70000) + 1));
        must(device->read(offset, read));
        EXPECT_TRUE(std::equal(read.begin(), read.end(),
                               bytes.begin() + static_cast<std::ptrdiff_t>(offset)));
      }
      std::vector<u8> beyond(2);
      EXPECT_FALSE(device->read(bytes.size() - 1, beyond).ok());
    }
}

TEST(SeekableZstd, IsOpenedDirectlyAndOthersAreUnpacked) {
  const std::vector<u8> bytes = sample();
  // With a table that cannot be, frames and what follows them are unpacked from the front.
  for (const Options& options : {Options{}, Options{.count_more = 1}, Options{.table_magic = 1}}) {
    auto file = memory_device(seekable(bytes, 65536, options));
    EXPECT_EQ(must(read_seek_table(*file)).has_value(),
              options.count_more == 0 && options.table_magic != 1);
    UnpackLimits limits;
    bool unpacked = false;
    limits.progress = [&](u64, u64) { return unpacked = true; };
    auto device = must(open_container(std::move(file), {.limits = limits}));
    EXPECT_EQ(bytes_of(*device), bytes);
    EXPECT_EQ(unpacked, options.count_more != 0 || options.table_magic == 1);
  }
}

TEST(SeekableZstd, SaysWhichFrameIsNotWhatTheTableSays) {
  auto file = memory_device(seekable(sample(), 65536, {.claim_more = 1}), "disk.zst");
  auto table = must(read_seek_table(*file));
  ASSERT_TRUE(table);
  auto device = open_seekable_zstd(std::move(file), std::move(*table));
  std::vector<u8> read(10);
  EXPECT_EQ(error_text(device->read(0, read)),
            "disk.zst: the frame at 0 does not unpack to 65537 bytes: they are fewer [EIO]");
  must(device->read(70000, read));
}

TEST(SeekableZstd, FramesTooLargeForOneReadAreLeftToUnpacking) {
  auto file = memory_device(seekable(sample(), 65536, {.claim_more = u64{17} << 20}));
  EXPECT_FALSE(must(read_seek_table(*file)));
}

}  // namespace
}  // namespace canopy
