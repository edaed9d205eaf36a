#include "stream/contents.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace canopy {
namespace {

using Match = Contents::Match;

// The same file as plain bytes.
struct PlainFile {
  std::vector<u8> bytes;
  void reach(std::size_t size) { bytes.resize(std::max(bytes.size(), size)); }
};

std::size_t pick(Random& random, std::size_t bound) {
  return static_cast<std::size_t>(random.below(bound));
}

std::vector<u8> data_of(Random& random, std::size_t size) {
  std::vector<u8> data(size);
  if (random.below(4) == 0) return data;
  for (u8& byte : data)
    byte = static_cast<u8>(random.next());
  return data;
}

TEST(Contents, RandomChangesGiveWhatPlainBytesGive) {
  for (u64 seed = 0; seed < 30; ++seed) {
    Random random(seed);
    Contents files[2];
    PlainFile plain[2];
    for (int step = 0; step < 200; ++step) {
      const u64 which = random.below(2);
      Contents& file = files[which];
      std::vector<u8>& bytes = plain[which].bytes;
      const std::size_t offset = pick(random, 30000);
      const std::size_t length = pick(random, 9000);
      switch (random.below(5)) {
        case 0:
        case 1: {
          const std::vector<u8> data = data_of(random, length);
          file.write(offset, data, Keep::bytes);
          if (length > 0) plain[which].reach(offset + length);
          std::ranges::copy(
              data, bytes.begin() + static_cast<std::ptrdiff_t>(std::min(offset, bytes.size())));
          break;
        }
        case 2:
          file.punch(offset, length);
          for (std::size_t at = offset; at < std::min(offset + length, bytes.size()); ++at) {
            bytes[at] = 0;
          }
          break;
        case 3:
          file.truncate(offset);
          bytes.resize(offset);
          break;
        default: {
          const u64 other = random.below(2);
          const std::size_t size = plain[other].bytes.size();
          const std::size_t from = pick(random, size + 1);
          const std::size_t here = std::min(length, size - from);
          if (here == 0) break;
          const Contents source = files[other];
          const std::vector<u8> copied(
              plain[other].bytes.begin() + static_cast<std::ptrdiff_t>(from),
              plain[other].bytes.begin() + static_cast<std::ptrdiff_t>(from + here));
          file.clone(source, from, here, offset);
          plain[which].reach(offset + here);
          std::ranges::copy(copied, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
        }
      }
      ASSERT_EQ(file.size(), bytes.size());
      std::vector<u8> seen(bytes.size(), 0xcc);
      ASSERT_TRUE(file.read(0, seen));
      ASSERT_EQ(seen, bytes) << seed << " " << step;
      ASSERT_EQ(file.compare(0, bytes), Match::same);
      if (!bytes.empty()) {
        const std::size_t at = pick(random, bytes.size());
        bytes[at] ^= 1;
        ASSERT_EQ(file.compare(0, bytes), Match::different);
        bytes[at] ^= 1;
      }
    }
  }
}

TEST(Contents, BehindTheEndIsZero) {
  Contents file;
  const std::vector<u8> data(10, 7);
  file.write(0, data, Keep::bytes);
  std::vector<u8> expected(20);
  std::ranges::copy(data, expected.begin());
  EXPECT_EQ(file.compare(0, expected), Match::same);
  expected[15] = 1;
  EXPECT_EQ(file.compare(0, expected), Match::different);
}

TEST(Contents, HashesFindDifferencesInWholeBlocksAndTails) {
  Random random(1);
  std::vector<u8> data(4096 * 5 + 100);
  for (u8& byte : data)
    byte = static_cast<u8>(random.next() | 1);
  Contents file;
  file.write(8192, data, Keep::hashes);
  EXPECT_EQ(file.compare(8192, data), Match::same);
  EXPECT_EQ(file.compare(8192 + 4096, Bytes(data).subspan(4096, 8192)), Match::same);
  for (const std::size_t at : {std::size_t{0}, std::size_t{9000}, data.size() - 1}) {
    data[at] ^= 2;
    EXPECT_EQ(file.compare(8192, data), Match::different);
    data[at] ^= 2;
  }
  std::vector<u8> out(data.size());
  EXPECT_FALSE(file.read(8192, out));
}

TEST(Contents, HashedBlockCutInTwoIsUnknownUntilItIsWritten) {
  const std::vector<u8> data(8192, 3);
  Contents file;
  file.write(0, data, Keep::hashes);
  file.truncate(6000);
  EXPECT_EQ(file.compare(0, Bytes(data).first(4096)), Match::same);
  EXPECT_EQ(file.compare(0, Bytes(data).first(6000)), Match::unknown);
  std::vector<u8> other = data;
  other[5] = 4;
  EXPECT_EQ(file.compare(0, Bytes(other).first(6000)), Match::different);
  file.write(4096, Bytes(data).first(1904), Keep::hashes);
  EXPECT_EQ(file.compare(0, Bytes(data).first(6000)), Match::same);
}

}  // namespace
}  // namespace canopy
