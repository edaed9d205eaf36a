// The checksum algorithms a filesystem may choose (`csum_type` of the superblock) as one table. A
// checksum field on disk has 32 bytes, of which the algorithm uses the first `size`; the rest is
// zero in tree blocks, and the checksum tree stores `size` bytes a sector.
#pragma once

#include <array>
#include <string_view>

#include "base/types.h"

namespace canopy {

inline constexpr std::size_t csum_max_size = 32;

struct ChecksumInfo {
  std::string_view name;  // as btrfs-progs prints it
  u32 size;               // bytes stored on disk
  // Writes `size` bytes, as they lie on disk, to `out`.
  void (*write)(Bytes bytes, u8* out);
};

// The entry of `csum_type` as the superblock has it; null for a type nobody knows.
const ChecksumInfo* checksum_info(u16 csum_type);

using Checksum = std::array<u8, csum_max_size>;

// The checksum of `bytes` as it lies on disk, filled up with zeros.
Checksum compute_checksum(const ChecksumInfo& info, Bytes bytes);

// Whether `stored` (at least info.size bytes) is the checksum of `bytes`.
bool checksum_matches(const ChecksumInfo& info, Bytes bytes, const u8* stored);

}  // namespace canopy
