#include "compress/decompress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "compress/sample_extents.h"

namespace canopy {
namespace {

constexpr u32 sectorsize = 4096;

std::vector<u8> random_bytes(std::size_t size, u64 seed) {
  Random random(seed);
  std::vector<u8> bytes(size);
  for (u8& byte : bytes)
    byte = static_cast<u8>(random.next());
  return bytes;
}

std::vector<u8> pad_to_sector(std::vector<u8> bytes) {
  bytes.resize((bytes.size() + sectorsize - 1) / sectorsize * sectorsize);
  return bytes;
}

constexpr Compression kinds[] = {Compression::none, Compression::zlib, Compression::lzo,
                                 Compression::zstd};

TEST(Decompress, EveryKindGivesBackWhatWasCompressed) {
  for (const Compression kind : kinds) {
    for (const std::size_t size : {1u, 100u, 4095u, 4096u, 4097u, 65536u, 131072u}) {
      const std::vector<u8> data = text_of(size, size);
      const std::vector<u8> extent = pad_to_sector(extent_of(kind, data));
      std::vector<u8> out(size);
      const Result<std::size_t> produced = decompress(kind, extent, out, sectorsize);
      ASSERT_TRUE(produced.ok()) << compression_name(kind) << " " << produced.error().message();
      EXPECT_EQ(produced.value(), size);
      EXPECT_EQ(out, data) << compression_name(kind) << " " << size;
    }
  }
}

TEST(Decompress, InlineExtentsHaveNoPadding) {
  for (const Compression kind : kinds) {
    const std::vector<u8> data = text_of(1500, 7);
    std::vector<u8> out(1500);
    const Result<std::size_t> produced = decompress(kind, extent_of(kind, data), out, sectorsize);
    ASSERT_TRUE(produced.ok()) << compression_name(kind);
    EXPECT_EQ(out, data);
  }
}

TEST(Decompress, OnlyTheBeginningMayBeWanted) {
  for (const Compression kind : kinds) {
    const std::vector<u8> data = text_of(70000, 8);
    const std::vector<u8> extent = pad_to_sector(extent_of(kind, data));
    for (const std::size_t size : {0u, 1u, 4095u, 5000u, 65536u}) {
      std::vector<u8> out(size);
      const Result<std::size_t> produced = decompress(kind, extent, out, sectorsize);
      ASSERT_TRUE(produced.ok()) << compression_name(kind);
      EXPECT_EQ(produced.value(), size);
      EXPECT_TRUE(std::equal(out.begin(), out.end(), data.begin()));
    }
  }
}

TEST(Decompress, WhatTheStreamDoesNotGiveIsZero) {
  for (const Compression kind : {Compression::zlib, Compression::lzo, Compression::zstd}) {
    const std::vector<u8> data = text_of(5000, 9);
    std::vector<u8> out(20000, 0xee);
    const Result<std::size_t> produced =
        decompress(kind, pad_to_sector(extent_of(kind, data)), out, sectorsize);
    ASSERT_TRUE(produced.ok());
    EXPECT_EQ(produced.value(), 5000u);
    EXPECT_TRUE(std::equal(data.begin(), data.end(), out.begin()));
    EXPECT_TRUE(std::all_of(out.begin() + 5000, out.end(), [](u8 byte) { return byte == 0; }));
  }
}

TEST(Decompress, LzoSegmentLengthsSkipTheEndOfASector) {
  // Random sectors compress to a little more than themselves, so lengths fall on every position
  // within a sector, the last three bytes included.
  for (u64 seed = 0; seed < 40; ++seed) {
    std::vector<u8> data = random_bytes(60000, seed);
    Random random(seed);
    for (int i = 0; i < 8; ++i) {
      const std::size_t at = random.below(50000);
      std::fill_n(data.begin() + static_cast<std::ptrdiff_t>(at), random.below(3000), u8{1});
    }
    std::vector<u8> out(data.size());
    ASSERT_TRUE(
        decompress(Compression::lzo, pad_to_sector(lzo_extent(data, sectorsize)), out, sectorsize)
            .ok());
    EXPECT_EQ(out, data);
  }
}

TEST(Decompress, LzoSectorsMayHaveOtherSizes) {
  const std::vector<u8> data = text_of(100000, 10);
  for (const u32 sector : {8192u, 16384u, 65536u}) {
    std::vector<u8> extent = lzo_extent(data, sector);
    extent.resize((extent.size() + sector - 1) / sector * sector);
    std::vector<u8> out(data.size());
    ASSERT_TRUE(decompress(Compression::lzo, extent, out, sector).ok());
    EXPECT_EQ(out, data);
  }
}

TEST(Decompress, LzoLengthsThatCannotBeAreRefused) {
  std::vector<u8> out(8192);
  const auto fails = [&](std::vector<u8> extent) {
    const Result<std::size_t> result = decompress(Compression::lzo, extent, out, sectorsize);
    return !result.ok() && result.error().code() == Code::corrupt;
  };
  const std::vector<u8> good = pad_to_sector(lzo_extent(text_of(8192, 11), sectorsize));
  EXPECT_FALSE(fails(good));
  EXPECT_TRUE(fails({}));
  EXPECT_TRUE(fails({1, 0, 0}));
  std::vector<u8> extent = good;
  store_le(extent.data(), u32{1} << 20);  // longer than the extent
  EXPECT_TRUE(fails(extent));
  extent = good;
  extent.resize(extent.size() + sectorsize);  // a sector that the length does not account for
  EXPECT_TRUE(fails(extent));
  extent = good;
  store_le(extent.data() + 4, u32{5000});  // a segment larger than a sector can give
  EXPECT_TRUE(fails(extent));
  extent = good;
  store_le(extent.data() + 4, u32{0xffffffff});
  EXPECT_TRUE(fails(extent));
  extent = {8, 0, 0, 0, 100, 0, 0, 0};  // a segment beyond the end
  EXPECT_TRUE(fails(extent));
}

TEST(Decompress, ZlibWithoutItsHeaderOrEndIsRefused) {
  std::vector<u8> out(8192);
  const std::vector<u8> good = extent_of(Compression::zlib, random_bytes(8192, 12));
  std::vector<u8> bad = good;
  bad[0] ^= 0x10;
  EXPECT_FALSE(decompress(Compression::zlib, bad, out, sectorsize).ok());
  bad = good;
  bad.resize(4000);
  EXPECT_FALSE(decompress(Compression::zlib, bad, out, sectorsize).ok());
  // The window says 2^23 while the check bits of the header are right.
  bad = good;
  bad[0] = 0xf8;
  bad[1] = static_cast<u8>((31 - 0xf800 % 31) % 31);
  EXPECT_FALSE(decompress(Compression::zlib, bad, out, sectorsize).ok());
  EXPECT_FALSE(decompress(Compression::zlib, Bytes(good).first(2), out, sectorsize).ok());
  // The thread's stream is good for the next extent.
  EXPECT_TRUE(decompress(Compression::zlib, good, out, sectorsize).ok());
}

TEST(Decompress, ZstdFrameThatIsCutOffCountsAsFarAsItGoes) {
  const std::vector<u8> data = text_of(131072, 13);
  const std::vector<u8> extent = extent_of(Compression::zstd, data);
  std::vector<u8> out(data.size());
  const Result<std::size_t> produced =
      decompress(Compression::zstd, Bytes(extent).first(extent.size() / 2), out, sectorsize);
  ASSERT_TRUE(produced.ok());
  EXPECT_LT(produced.value(), data.size());
  EXPECT_TRUE(decompress(Compression::zstd, extent, out, sectorsize).ok());
  EXPECT_EQ(out, data);
  const std::vector<u8> noise = random_bytes(4096, 14);
  EXPECT_FALSE(decompress(Compression::zstd, noise, out, sectorsize).ok());
}

TEST(Decompress, DamagedExtentsNeverEscapeTheirBuffers) {
  for (const Compression kind : {Compression::zlib, Compression::lzo, Compression::zstd}) {
    const std::vector<u8> good = pad_to_sector(extent_of(kind, text_of(30000, 15)));
    Random random(16);
    for (int round = 0; round < 2000; ++round) {
      std::vector<u8> bad = good;
      const u64 flips = 1 + random.below(4);
      for (u64 i = 0; i < flips; ++i) {
        bad[random.below(bad.size())] = static_cast<u8>(random.next());
      }
      if (random.below(4) == 0) bad.resize(random.below(bad.size()));
      std::vector<u8> out(random.below(40000));
      const Result<std::size_t> produced = decompress(kind, bad, out, sectorsize);
      if (produced.ok()) {
        EXPECT_LE(produced.value(), out.size());
      }
    }
  }
}

TEST(Decompress, NumbersOnDiskAreNamed) {
  EXPECT_EQ(compression_name(*compression_from(2)), "lzo");
  EXPECT_EQ(compression_name(*compression_from(3)), "zstd");
  EXPECT_FALSE(compression_from(4).has_value());
}

}  // namespace
}  // namespace canopy
