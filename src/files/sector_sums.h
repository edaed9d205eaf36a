// Comparing sectors with their checksums.
#pragma once

#include <optional>
#include <vector>

#include "base/types.h"
#include "checksum/checksum.h"

namespace canopy {

struct SectorFormat {
  u32 sectorsize = 0;
  const ChecksumInfo* checksum = nullptr;

  bool is_crc32c() const { return checksum == checksum_info(0); }
  bool matches(Bytes sector, const u8* sum) const {
    return checksum_matches(*checksum, sector, sum);
  }
};

// The first sector of `bytes` at or behind `from` that has not the checksum it should have; nullopt
// if all have. `sums` are those of all sectors, behind each other.
// REQUIRES: bytes are whole sectors.
std::optional<u64> find_bad_sector(const SectorFormat& format, Bytes bytes, const u8* sums,
                                   u64 from = 0);

}  // namespace canopy
