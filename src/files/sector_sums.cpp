#include "files/sector_sums.h"

#include <algorithm>

#include "base/bytes.h"
#include "checksum/crc32c.h"

namespace canopy {
namespace {

constexpr std::size_t cache_line = 64;
// How far ahead of the sector in hand bytes are fetched into the cache. The processor by itself
// stops at each page, which costs a third of the speed.
constexpr std::size_t fetch_ahead = 8192;

void fetch_into_cache(Bytes bytes, std::size_t from, std::size_t length) {
  const std::size_t end = std::min(from + length, bytes.size());
  for (std::size_t at = from; at < end; at += cache_line)
    __builtin_prefetch(bytes.data() + at);
}

}  // namespace

std::optional<u64> find_bad_sector(const SectorFormat& format, Bytes bytes, const u8* sums,
                                   u64 from) {
  const u64 sectors = bytes.size() / format.sectorsize;
  const bool is_crc32c = format.is_crc32c();
  for (u64 i = from; i < sectors; ++i) {
    const std::size_t at = i * format.sectorsize;
    Bytes sector = bytes.subspan(at, format.sectorsize);
    const u8* sum = sums + i * format.checksum->size;
    fetch_into_cache(bytes, at + fetch_ahead, format.sectorsize);
    if (is_crc32c ? crc32c(sector) != load_le<u32>(sum) : !format.matches(sector, sum)) return i;
  }
  return std::nullopt;
}

}  // namespace canopy
