#include "checksum/crc32c.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/bytes.h"
#include "base/random.h"

namespace canopy {
namespace {

std::vector<u8> random_bytes(Random& random, std::size_t size) {
  std::vector<u8> bytes(size);
  for (u8& byte : bytes)
    byte = static_cast<u8>(random.next());
  return bytes;
}

u32 bit_by_bit(u32 crc, Bytes bytes) {
  for (const u8 byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
  }
  return crc;
}

TEST(Crc32c, StandardVectorsAreMet) {
  EXPECT_EQ(crc32c(as_bytes(std::string_view("123456789"))), 0xe3069283u);
  EXPECT_EQ(crc32c(Bytes()), 0u);
  // RFC 3720, B.4: 32 bytes of zero, of ones, counting up and down.
  std::vector<u8> bytes(32, 0);
  EXPECT_EQ(crc32c(bytes), 0x8a9136aau);
  bytes.assign(32, 0xff);
  EXPECT_EQ(crc32c(bytes), 0x62a8ab43u);
  for (u8 i = 0; i < 32; ++i)
    bytes[i] = i;
  EXPECT_EQ(crc32c(bytes), 0x46dd794eu);
  for (u8 i = 0; i < 32; ++i)
    bytes[i] = static_cast<u8>(31 - i);
  EXPECT_EQ(crc32c(bytes), 0x113fdb5cu);
}

TEST(Crc32c, NameHashOfTheDefaultSubvolumeIsTheKernels) {
  // The DIR_ITEM of "default" in every root tree has this offset.
  EXPECT_EQ(crc32c_raw(~1u, as_bytes(std::string_view("default"))), 2378154706u);
}

TEST(Crc32c, EveryImplementationAgreesAtEveryLengthAndAlignment) {
  Random random(1);
  const std::vector<u8> bytes = random_bytes(random, 9000);
  for (std::size_t length = 0; length < 4500; length += length < 600 ? 1 : 97) {
    const std::size_t start = random.below(16);
    const Bytes part = Bytes(bytes).subspan(start, length);
    const u32 seed = static_cast<u32>(random.next());
    const u32 expected = bit_by_bit(seed, part);
    ASSERT_EQ(crc32c_raw(seed, part), expected) << length;
    ASSERT_EQ(crc32c_internal::update_by_table(seed, part), expected) << length;
    if (crc32c_internal::x86_available()) {
      ASSERT_EQ(crc32c_internal::update_x86(seed, part), expected) << length;
    }
    ASSERT_EQ(crc32c_internal::update_sparse(seed, part), expected) << length;
  }
  EXPECT_EQ(crc32c_raw(7, bytes), bit_by_bit(7, bytes));
  EXPECT_EQ(crc32c_internal::update_sparse(7, bytes), bit_by_bit(7, bytes));
}

TEST(Crc32c, ChecksumsOfPartsGiveThatOfTheWhole) {
  Random random(2);
  for (int round = 0; round < 200; ++round) {
    const std::vector<u8> bytes = random_bytes(random, random.below(20000));
    const std::size_t cut = random.below(bytes.size() + 1);
    const Bytes a = Bytes(bytes).first(cut);
    const Bytes b = Bytes(bytes).subspan(cut);
    const u32 seed = static_cast<u32>(random.next());
    EXPECT_EQ(crc32c_combine_raw(crc32c_raw(seed, a), crc32c_raw(0, b), b.size()),
              crc32c_raw(seed, bytes));
    EXPECT_EQ(crc32c_raw_from_standard(crc32c(b), b.size()), crc32c_raw(0, b));
  }
}

TEST(Crc32c, ZerosOfAnyLengthAreAppendedWithoutReadingThem) {
  const std::vector<u8> zeros(1 << 20, 0);
  u32 expected = 0x12345678;
  u64 length = 0;
  for (const std::size_t step : {1u, 7u, 4096u, 49152u, 131072u, 1u << 20}) {
    expected = crc32c_raw(expected, Bytes(zeros).first(step));
    length += step;
    EXPECT_EQ(crc32c_append_zeros(0x12345678, length), expected);
  }
  // Lengths of every size: in two halves or at once is the same.
  for (int bit = 0; bit < 63; ++bit) {
    const u64 half = u64{1} << bit;
    EXPECT_EQ(crc32c_append_zeros(crc32c_append_zeros(99, half), half),
              crc32c_append_zeros(99, 2 * half));
  }
}

TEST(Crc32c, SectorChecksumsGiveTheChecksumOfTheExtent) {
  Random random(3);
  for (const u32 sectorsize : {512u, 4096u, 65536u}) {
    const Crc32cSectors sectors(sectorsize);
    const std::vector<u8> extent = random_bytes(random, std::size_t{5} * sectorsize);
    u32 crc = 42;
    for (std::size_t at = 0; at < extent.size(); at += sectorsize) {
      crc = sectors.append(crc, crc32c(Bytes(extent).subspan(at, sectorsize)));
    }
    EXPECT_EQ(crc, crc32c_raw(42, extent)) << sectorsize;
  }
}

}  // namespace
}  // namespace canopy
