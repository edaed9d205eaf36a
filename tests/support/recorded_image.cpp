#include "support/recorded_image.h"

#include <zstd.h>

#include <cstdio>

#include "base/bytes.h"

namespace canopy {
namespace {

constexpr std::string_view MAGIC = "canopy-sparse-1\n";
constexpr std::size_t LARGEST = std::size_t{1} << 30;

Result<std::vector<u8>> read_whole(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return error(Code::io, "cannot open {}", path);
  std::vector<u8> bytes;
  u8 piece[65536];
  for (std::size_t got; (got = std::fread(piece, 1, sizeof piece, file)) > 0;)
    bytes.insert(bytes.end(), piece, piece + got);
  std::fclose(file);
  return bytes;
}

Result<std::vector<u8>> decompress(const std::string& path, Bytes packed) {
  std::vector<u8> bytes;
  ZSTD_DStream* stream = ZSTD_createDStream();
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::size_t left = 1;
  while (in.pos < in.size && bytes.size() < LARGEST) {
    const std::size_t start = bytes.size();
    bytes.resize(start + ZSTD_DStreamOutSize());
    ZSTD_outBuffer out{bytes.data() + start, bytes.size() - start, 0};
    left = ZSTD_decompressStream(stream, &out, &in);
    bytes.resize(start + out.pos);
    if (ZSTD_isError(left)) break;
  }
  while (left != 0 && !ZSTD_isError(left) && bytes.size() < LARGEST) {
    const std::size_t start = bytes.size();
    bytes.resize(start + ZSTD_DStreamOutSize());
    ZSTD_outBuffer out{bytes.data() + start, bytes.size() - start, 0};
    left = ZSTD_decompressStream(stream, &out, &in);
    bytes.resize(start + out.pos);
    if (out.pos == 0) break;
  }
  ZSTD_freeDStream(stream);
  if (left != 0) return error(Code::corrupt, "{} is not whole", path);
  return bytes;
}

}  // namespace

Result<std::vector<u8>> read_test_file(const std::string& path) {
  auto bytes = TRY(read_whole(path));
  return path.ends_with(".zst") ? decompress(path, bytes) : bytes;
}

Result<std::unique_ptr<SparseDevice>> load_recorded_image(const std::string& path) {
  const auto bytes = TRY(read_test_file(path));
  Bytes rest = bytes;
  auto bad = [&] { return error(Code::corrupt, "{} is not a recorded image", path); };
  if (rest.size() < MAGIC.size() + 8 || as_text(rest.first(MAGIC.size())) != MAGIC) return bad();
  rest = rest.subspan(MAGIC.size());
  auto device = std::make_unique<SparseDevice>(path, load_le<u64>(rest.data()));
  rest = rest.subspan(8);
  while (rest.size() >= 16) {
    const u64 offset = load_le<u64>(rest.data());
    const u64 length = load_le<u64>(rest.data() + 8);
    rest = rest.subspan(16);
    if (length > rest.size()) return bad();
    TRY(device->write(offset, rest.first(length)));
    rest = rest.subspan(length);
  }
  if (rest.size() != 8 || load_le<u64>(rest.data()) != ~u64{0}) return bad();
  return device;
}

}  // namespace canopy
