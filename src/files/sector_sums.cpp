#include "files/sector_sums.h"

#include "base/bytes.h"
#include "checksum/crc32c.h"

namespace canopy {
namespace {

constexpr std::size_t cache_line = 64;
// How far ahead of the sector in hand bytes are fetched into the cache. The processor by itself
// stops at each page, which costs a third of the speed.
constexpr std::size_t fetch_ahead = 8192;

// The number of the first bad sector among `count` from `from` on, `count` if there is none.
u64 find_bad_crc32c(const u8* bytes, u32 sectorsize, const u8* sums, u64 from, u64 count) {
  const u64 sectors_ahead = fetch_ahead / sectorsize + 1;
  u64 i = from;
  for (; i + sectors_ahead < count; ++i) {
    const u8* sector = bytes + i * sectorsize;
    for (std::size_t at = 0; at < sectorsize; at += cache_line)
      __builtin_prefetch(sector + fetch_ahead + at);
    if (crc32c(Bytes(sector, sectorsize)) != load_le<u32>(sums + i * sizeof(u32))) return i;
  }
  for (; i < count; ++i) {
    const u8* sector = bytes + i * sectorsize;
    if (crc32c(Bytes(sector, sectorsize)) != load_le<u32>(sums + i * sizeof(u32))) return i;
  }
  return count;
}

}  // namespace

std::optional<u64> find_bad_sector(const SectorFormat& format, Bytes bytes, const u8* sums,
                                   u64 from) {
  const u64 count = bytes.size() / format.sectorsize;
  u64 i = from;
  if (format.is_crc32c()) {
    i = find_bad_crc32c(bytes.data(), format.sectorsize, sums, from, count);
  } else {
    while (i < count &&
           format.matches(bytes.subspan(to_size(i * format.sectorsize), format.sectorsize),
                          sums + i * format.checksum->size))
      ++i;
  }
  return i < count ? std::optional(i) : std::nullopt;
}

}  // namespace canopy
