#include <lzo/lzo1x.h>

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "compress/decompress.h"

namespace canopy {
namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t max_compressed = 128 * 1024;  // BTRFS_MAX_COMPRESSED

// The most that LZO1X makes of a sector, and also what the kernel lets a segment give.
constexpr std::size_t worst_compressed(std::size_t size) { return size + size / 16 + 64 + 3 + 2; }

// Decompresses one segment to the front of `out` and returns how much of `out` it filled, which is
// all of it if the segment holds more.
Result<std::size_t> decompress_segment(Bytes segment, MutableBytes out, u32 sectorsize) {
  lzo_uint size = std::min(out.size(), worst_compressed(sectorsize));
  int status = lzo1x_decompress_safe(segment.data(), segment.size(), out.data(), &size, nullptr);
  if (status == LZO_E_OUTPUT_OVERRUN && out.size() < worst_compressed(sectorsize)) {
    // Only the beginning is wanted, but LZO is not told so: it needs room for the whole.
    thread_local std::vector<u8> whole;
    whole.resize(worst_compressed(sectorsize));
    size = whole.size();
    status = lzo1x_decompress_safe(segment.data(), segment.size(), whole.data(), &size, nullptr);
    size = std::min<std::size_t>(size, out.size());
    std::copy_n(whole.begin(), size, out.begin());
  }
  if (status != LZO_E_OK) {
    return error(Code::corrupt, "a segment of an LZO extent is damaged (LZO error {})", status);
  }
  return size;
}

}  // namespace

Result<std::size_t> compress_internal::decompress_lzo(Bytes in, MutableBytes out, u32 sectorsize) {
  CHECK(sectorsize >= 512);
  if (in.size() < length_size) {
    return error(Code::corrupt, "an LZO extent has {} bytes and no length", in.size());
  }
  const std::size_t total = load_le<u32>(in.data());
  const std::size_t padded = (total + sectorsize - 1) / sectorsize * sectorsize;
  if (total > std::min(in.size(), max_compressed) || padded < in.size()) {
    return error(Code::corrupt, "an LZO extent of {} bytes says its length is {}", in.size(),
                 total);
  }
  std::size_t at = length_size;
  std::size_t produced = 0;
  while (at < total && produced < out.size()) {
    if (in.size() - at < length_size) {
      return Error(Code::corrupt, "an LZO extent breaks off in the length of a segment");
    }
    const std::size_t length = load_le<u32>(in.data() + at);
    at += length_size;
    if (length > worst_compressed(sectorsize) || length > in.size() - at) {
      return error(Code::corrupt, "a segment of an LZO extent says its length is {}", length);
    }
    produced += TRY(decompress_segment(in.subspan(at, length), out.subspan(produced), sectorsize));
    at += length;
    const std::size_t left_in_sector = sectorsize - at % sectorsize;
    if (left_in_sector < length_size) at += left_in_sector;
  }
  return produced;
}

}  // namespace canopy
