// CRC-32C (Castagnoli), the checksum that Btrfs uses three times with three conventions:
//
//   where                     seed         final inversion     here
//   tree blocks, sectors      ~0           yes                 crc32c(bytes)
//   commands of a stream      0            no                  crc32c_raw(0, bytes)
//   hashes of names           ~1           no                  crc32c_raw(~1u, bytes)
//
// A CRC is linear, so that checksums of neighbours give the checksum of the whole without a second
// look at the bytes. A raw CRC is a remainder; to follow it by n bytes is to multiply it by x^8n
// ("append zeros") and to add what the n bytes give from seed 0:
//
//   raw(seed, A || B) = append_zeros(raw(seed, A), |B|) ^ raw(0, B)
//
// That is how the verified checksums of the sectors of an extent become the CRC of the command
// that carries the extent: Crc32cSectors.
//
// The x86 path (SSE4.2 and PCLMUL, three streams at once) is chosen at run time; anything else,
// WebAssembly too, takes the sparse one, and tables, sixteen bytes a step, for what is short. Where
// bytes must be copied as well, summing each copied piece while it is in the cache is as fast as
// one loop for both.
#pragma once

#include "base/types.h"

namespace canopy {

// The bare update of the remainder `seed` by `bytes`, inverting nothing.
u32 crc32c_raw(u32 seed, Bytes bytes);

// The standard CRC-32C, as the superblock, tree blocks and the checksum tree store it.
inline u32 crc32c(Bytes bytes) { return ~crc32c_raw(~0u, bytes); }

// The remainder `crc` after `length` further bytes that are zero.
u32 crc32c_append_zeros(u32 crc, u64 length);

// The remainder of A || B from that of A (any seed) and that of B (seed 0).
inline u32 crc32c_combine_raw(u32 crc_a, u32 crc_b, u64 length_b) {
  return crc32c_append_zeros(crc_a, length_b) ^ crc_b;
}

// raw(0, B) from the standard CRC-32C of B.
inline u32 crc32c_raw_from_standard(u32 standard, u64 length) {
  return ~standard ^ crc32c_append_zeros(~0u, length);
}

// Appending sectors of one size, again and again: the operator of that length as four tables, so
// that a sector costs a few loads.
class Crc32cSectors {
 public:
  explicit Crc32cSectors(u32 sectorsize);

  // The remainder `crc` after one more sector, whose standard CRC-32C is `sector_checksum`.
  u32 append(u32 crc, u32 sector_checksum) const {
    return append_zeros(crc) ^ ~sector_checksum ^ all_ones_shifted_;
  }

 private:
  u32 append_zeros(u32 crc) const {
    return table_[0][crc & 255] ^ table_[1][crc >> 8 & 255] ^ table_[2][crc >> 16 & 255] ^
           table_[3][crc >> 24];
  }

  u32 table_[4][256];
  u32 all_ones_shifted_;
};

namespace crc32c_internal {

// The implementations by themselves, for tests and benchmarks.
u32 update_by_table(u32 crc, Bytes bytes);
bool x86_available();
u32 update_x86(u32 crc, Bytes bytes);  // REQUIRES: x86_available()
u32 update_sparse(u32 crc, Bytes bytes);

}  // namespace crc32c_internal

}  // namespace canopy
