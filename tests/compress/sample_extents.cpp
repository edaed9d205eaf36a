#include "compress/sample_extents.h"

#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "base/random.h"

namespace canopy {
namespace {

std::vector<u8> zlib_extent(Bytes data) {
  uLongf size = compressBound(static_cast<uLong>(data.size()));
  std::vector<u8> out(size);
  compress2(out.data(), &size, data.data(), static_cast<uLong>(data.size()), 3);
  out.resize(size);
  return out;
}

std::vector<u8> zstd_extent(Bytes data) {
  std::vector<u8> out(ZSTD_compressBound(data.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), data.data(), data.size(), 3));
  return out;
}

}  // namespace

std::vector<u8> text_of(std::size_t size, u64 seed) {
  Random random(seed);
  const char* words[] = {"leaf ", "node ", "extent ", "chunk\n", "generation ", "key "};
  std::vector<u8> text;
  while (text.size() < size) {
    const std::string word =
        random.below(5) == 0 ? std::to_string(random.next()) : std::string(words[random.below(6)]);
    text.insert(text.end(), word.begin(), word.end());
  }
  text.resize(size);
  return text;
}

std::vector<u8> lzo_extent(Bytes data, u32 sector) {
  std::vector<u8> work(LZO1X_1_MEM_COMPRESS);
  std::vector<u8> out(4);
  for (std::size_t at = 0; at < data.size(); at += sector) {
    const Bytes part = data.subspan(at, std::min<std::size_t>(sector, data.size() - at));
    std::vector<u8> segment(part.size() + part.size() / 16 + 67);
    lzo_uint size = segment.size();
    lzo1x_1_compress(part.data(), part.size(), segment.data(), &size, work.data());
    const std::size_t length_at = out.size();
    out.resize(length_at + 4 + size);
    store_le(out.data() + length_at, static_cast<u32>(size));
    std::copy_n(segment.begin(), size, out.begin() + static_cast<std::ptrdiff_t>(length_at) + 4);
    const std::size_t left = sector - out.size() % sector;
    if (left < 4 && at + sector < data.size()) out.resize(out.size() + left);
  }
  store_le(out.data(), static_cast<u32>(out.size()));
  return out;
}

std::vector<u8> extent_of(Compression kind, Bytes data) {
  switch (kind) {
    case Compression::zlib:
      return zlib_extent(data);
    case Compression::lzo:
      return lzo_extent(data, 4096);
    case Compression::zstd:
      return zstd_extent(data);
    case Compression::none:
      break;
  }
  return {data.begin(), data.end()};
}

}  // namespace canopy
