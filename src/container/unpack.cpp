#include "container/unpack.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace canopy {
namespace {

constexpr std::size_t PIECE = std::size_t{1} << 20;

Error does_not_unpack(const char* why) {
  return error(Code::corrupt, "does not unpack: {}", why == nullptr ? "bad data" : why);
}

// One or more members behind each other, as gzip has them.
class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() : buffer_(PIECE) { ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; }
  ~GzipUnpacker() override {
    if (ready_) inflateEnd(&stream_);
  }
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;

  Result<void> feed(Bytes packed, const Take& take) override {
    if (!ready_) return error(Code::no_space, "there is no memory to unpack it");
    // zlib does not write to its input; its type says otherwise.
    stream_.next_in = const_cast<Bytef*>(packed.data());  // NOLINT
    stream_.avail_in = static_cast<uInt>(packed.size());
    do {
      if (at_end_ && stream_.avail_in > 0) {
        // Zeros may follow the last member.
        if (*stream_.next_in == 0) return {};
        if (inflateReset(&stream_) != Z_OK) return does_not_unpack(stream_.msg);
        at_end_ = false;
      }
      stream_.next_out = buffer_.data();
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return does_not_unpack(stream_.msg);
      TRY(take(Bytes(buffer_).first(buffer_.size() - stream_.avail_out)));
      at_end_ = result == Z_STREAM_END;
    } while (stream_.avail_in > 0 || (stream_.avail_out == 0 && !at_end_));
    return {};
  }
  bool finish() override { return at_end_; }

 private:
  z_stream stream_{};
  std::vector<u8> buffer_;
  bool ready_ = false;
  bool at_end_ = false;
};

// One or more frames; zstd skips those that it is told to skip.
class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker()
      : stream_(ZSTD_createDStream(), ZSTD_freeDStream), buffer_(ZSTD_DStreamOutSize()) {}

  Result<void> feed(Bytes packed, const Take& take) override {
    if (stream_ == nullptr) return error(Code::no_space, "there is no memory to unpack it");
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    for (bool more = true; more;) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      left_ = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(left_) != 0) return does_not_unpack(ZSTD_getErrorName(left_));
      TRY(take(Bytes(buffer_).first(out.pos)));
      // At the end of a frame nothing is held back; in the middle, a full buffer may hide more.
      more = in.pos < in.size || (left_ != 0 && out.pos == out.size);
    }
    return {};
  }
  bool finish() override { return left_ == 0; }

 private:
  std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
  std::vector<u8> buffer_;
  std::size_t left_ = 1;  // 0 at the end of a frame
};

std::unique_ptr<Unpacker> make_unpacker(Packing packing) {
  switch (packing) {
    case Packing::gzip:
      return std::make_unique<GzipUnpacker>();
    case Packing::zstd:
      return std::make_unique<ZstdUnpacker>();
    case Packing::xz:
      return make_xz_unpacker();
    case Packing::none:
      break;
  }
  return nullptr;
}

bool starts_with(Bytes bytes, std::initializer_list<u8> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

}  // namespace

Packing packing_of(Bytes first_bytes) {
  if (starts_with(first_bytes, {0x1f, 0x8b, 8})) return Packing::gzip;
  if (starts_with(first_bytes, {0x28, 0xb5, 0x2f, 0xfd})) return Packing::zstd;
  if (starts_with(first_bytes, {0xfd, '7', 'z', 'X', 'Z', 0})) return Packing::xz;
  return Packing::none;
}

Result<std::unique_ptr<Device>> unpack(Device& packed, Packing packing,
                                       const UnpackLimits& limits) {
  auto unpacker = make_unpacker(packing);
  CHECK(unpacker != nullptr);
  auto image = std::make_unique<UnpackedImage>(packed.name());
  const Unpacker::Take take = [&](Bytes unpacked) -> Result<void> {
    image->append(unpacked);
    if (image->held_bytes() > limits.most_held)
      return error(Code::no_space, "{} is too large for memory when it is unpacked", packed.name());
    if (image->size_bytes() > limits.most_bytes)
      return error(Code::no_space, "{} becomes more than {} bytes", packed.name(),
                   limits.most_bytes);
    return {};
  };
  const u64 total = packed.size_bytes();
  std::vector<u8> piece;
  for (u64 at = 0; at < total; at += piece.size()) {
    if (limits.progress && !limits.progress(at, total))
      return Error(Code::cancelled, "unpacking was cancelled");
    piece.resize(static_cast<std::size_t>(std::min<u64>(PIECE, total - at)));
    TRY(packed.read(at, piece));
    auto fed = unpacker->feed(piece, take);
    if (!fed.ok())
      return fed.error().code() == Code::corrupt ? std::move(fed).error().while_doing(packed.name())
                                                 : std::move(fed).error();
  }
  if (!unpacker->finish()) return error(Code::corrupt, "{} ends in the middle", packed.name());
  return std::unique_ptr<Device>(std::move(image));
}

Result<std::vector<u8>> unpack_head(Device& packed, Packing packing, std::size_t wanted) {
  auto unpacker = make_unpacker(packing);
  CHECK(unpacker != nullptr);
  std::vector<u8> head;
  const Unpacker::Take take = [&](Bytes unpacked) -> Result<void> {
    const Bytes part = unpacked.first(std::min(wanted - head.size(), unpacked.size()));
    head.insert(head.end(), part.begin(), part.end());
    if (head.size() == wanted) return Error(Code::cancelled, "that is enough");
    return {};
  };
  const u64 total = packed.size_bytes();
  std::vector<u8> piece;
  for (u64 at = 0; at < total && head.size() < wanted; at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<u64>(PIECE, total - at)));
    TRY(packed.read(at, piece));
    auto fed = unpacker->feed(piece, take);
    if (!fed.ok() && head.size() < wanted) return std::move(fed).error();
  }
  return head;
}

}  // namespace canopy
