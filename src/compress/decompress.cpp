#include "compress/decompress.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace canopy {

Result<std::size_t> compress_internal::copy(Bytes in, MutableBytes out, u32 /*sectorsize*/) {
  const std::size_t size = std::min(in.size(), out.size());
  std::copy_n(in.begin(), size, out.begin());
  return size;
}

namespace {

struct CompressionInfo {
  std::string_view name;
  Result<std::size_t> (*run)(Bytes in, MutableBytes out, u32 sectorsize);
};

// Indexed by the number on disk.
constexpr CompressionInfo compression_table[] = {
    {"none", compress_internal::copy},
    {"zlib", compress_internal::inflate},
    {"lzo", compress_internal::decompress_lzo},
    {"zstd", compress_internal::decompress_zstd},
};

}  // namespace

std::optional<Compression> compression_from(u8 number) {
  if (number >= std::size(compression_table)) return std::nullopt;
  return static_cast<Compression>(number);
}

std::string_view compression_name(Compression kind) {
  return compression_table[static_cast<u8>(kind)].name;
}

Result<std::size_t> decompress(Compression kind, Bytes in, MutableBytes out, u32 sectorsize) {
  const std::size_t size = TRY(compression_table[static_cast<u8>(kind)].run(in, out, sectorsize));
  CHECK(size <= out.size());
  if (size < out.size()) std::memset(out.data() + size, 0, out.size() - size);
  return size;
}

}  // namespace canopy
