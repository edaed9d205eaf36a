#include "checksum/checksum.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"

namespace canopy {
namespace {

std::string hex_of(u16 csum_type, std::string_view text) {
  const ChecksumInfo& info = *checksum_info(csum_type);
  const Checksum checksum = compute_checksum(info, as_bytes(text));
  std::string hex;
  for (u32 i = 0; i < info.size; ++i) {
    hex += "0123456789abcdef"[checksum[i] >> 4];
    hex += "0123456789abcdef"[checksum[i] & 15];
  }
  for (std::size_t i = info.size; i < csum_max_size; ++i)
    EXPECT_EQ(checksum[i], 0);
  return hex;
}

TEST(Checksum, KnownVectorsAreMetByEveryType) {
  EXPECT_EQ(hex_of(0, "123456789"), "839206e3");
  EXPECT_EQ(hex_of(1, ""), "99e9d85137db46ef");
  EXPECT_EQ(hex_of(1, "abc"), "990977adf52cbc44");
  EXPECT_EQ(hex_of(2, "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of(3, "abc"), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  const std::string million(1000000, 'a');
  EXPECT_EQ(hex_of(2, million), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Checksum, TypesAreNamedAsBtrfsProgsNamesThem) {
  const std::string_view names[] = {"crc32c", "xxhash64", "sha256", "blake2b"};
  for (u16 type = 0; type < 4; ++type)
    EXPECT_EQ(checksum_info(type)->name, names[type]);
  EXPECT_EQ(checksum_info(4), nullptr);
  EXPECT_EQ(checksum_info(0xffff), nullptr);
}

TEST(Checksum, OneChangedBitIsSeen) {
  std::vector<u8> bytes(4096, 0x5a);
  for (u16 type = 0; type < 4; ++type) {
    const ChecksumInfo& info = *checksum_info(type);
    const Checksum stored = compute_checksum(info, bytes);
    EXPECT_TRUE(checksum_matches(info, bytes, stored.data()));
    bytes[1234] ^= 1;
    EXPECT_FALSE(checksum_matches(info, bytes, stored.data()));
    bytes[1234] ^= 1;
  }
}

}  // namespace
}  // namespace canopy
