#include <zlib.h>

#include "compress/decompress.h"

namespace canopy {
namespace {

constexpr u8 preset_dictionary = 0x20;

// A raw inflate stream, kept for the next extent.
class Inflater {
 public:
  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (initialized_) inflateEnd(&stream_);
  }

  // The stream set up for a window of 2^window_bits bytes and no header, or null.
  z_stream* prepare(int window_bits) {
    const int status =
        initialized_ ? inflateReset2(&stream_, -window_bits) : inflateInit2(&stream_, -window_bits);
    if (status != Z_OK) return nullptr;
    initialized_ = true;
    return &stream_;
  }

 private:
  z_stream stream_ = {};
  bool initialized_ = false;
};

}  // namespace

// The header is read here and the rest inflated as a raw stream, as the kernel does: the Adler-32
// behind it is not worth its time where every sector has a checksum already.
Result<std::size_t> compress_internal::inflate(Bytes in, MutableBytes out, u32 /*sectorsize*/) {
  if (in.size() <= 2 || (in[0] & 0x0f) != Z_DEFLATED || (in[1] & preset_dictionary) != 0 ||
      (in[0] * 256 + in[1]) % 31 != 0) {
    return Error(Code::corrupt, "a zlib extent does not begin with a zlib header");
  }
  thread_local Inflater inflater;
  z_stream* stream = inflater.prepare((in[0] >> 4) + 8);
  if (stream == nullptr) {
    return error(Code::corrupt, "a zlib extent asks for a window of 2^{} bytes", (in[0] >> 4) + 8);
  }
  stream->next_in = const_cast<u8*>(in.data() + 2);  // zlib's interface; it only reads
  stream->avail_in = static_cast<uInt>(in.size() - 2);
  stream->next_out = out.data();
  stream->avail_out = static_cast<uInt>(out.size());
  const int status = ::inflate(stream, Z_FINISH);
  const std::size_t produced = out.size() - stream->avail_out;
  if (status != Z_STREAM_END && produced < out.size()) {
    return error(Code::corrupt, "a zlib extent breaks off after {} bytes of data", produced);
  }
  return produced;
}

}  // namespace canopy
