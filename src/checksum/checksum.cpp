#include "checksum/checksum.h"

#include <tomcrypt.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "checksum/crc32c.h"
#include "checksum/sha256.h"

namespace canopy {
namespace {

void write_crc32c(Bytes bytes, u8* out) { store_le(out, crc32c(bytes)); }

void write_xxhash64(Bytes bytes, u8* out) {
  store_le(out, static_cast<u64>(XXH64(bytes.data(), bytes.size(), 0)));
}

void write_sha256(Bytes bytes, u8* out) {
  if (const Sha256AddBlocks add_blocks = sha256_fast_path()) {
    const std::size_t whole = bytes.size() / sha256_block_size;
    Sha256Words words = sha256_start;
    add_blocks(words, bytes.data(), whole);
    sha256_finish(add_blocks, words, bytes.subspan(whole * sha256_block_size), bytes.size(), out);
    return;
  }
  hash_state state;
  CHECK(sha256_init(&state) == CRYPT_OK);
  CHECK(sha256_process(&state, bytes.data(), bytes.size()) == CRYPT_OK);
  CHECK(sha256_done(&state, out) == CRYPT_OK);
}

void write_blake2b(Bytes bytes, u8* out) {
  hash_state state;
  CHECK(blake2b_256_init(&state) == CRYPT_OK);
  CHECK(blake2b_process(&state, bytes.data(), bytes.size()) == CRYPT_OK);
  CHECK(blake2b_done(&state, out) == CRYPT_OK);
}

// Indexed by csum_type (BTRFS_CSUM_TYPE_*).
constexpr ChecksumInfo checksum_table[] = {
    {"crc32c", 4, write_crc32c},
    {"xxhash64", 8, write_xxhash64},
    {"sha256", 32, write_sha256},
    {"blake2b", 32, write_blake2b},
};

}  // namespace

const ChecksumInfo* checksum_info(u16 csum_type) {
  return csum_type < std::size(checksum_table) ? &checksum_table[csum_type] : nullptr;
}

Checksum compute_checksum(const ChecksumInfo& info, Bytes bytes) {
  Checksum checksum{};
  info.write(bytes, checksum.data());
  return checksum;
}

bool checksum_matches(const ChecksumInfo& info, Bytes bytes, const u8* stored) {
  const Checksum checksum = compute_checksum(info, bytes);
  return std::memcmp(checksum.data(), stored, info.size) == 0;
}

}  // namespace canopy
