#include <lzma.h>

#include "container/unpack.h"

namespace canopy {
namespace {

class XzUnpacker final : public Unpacker {
 public:
  XzUnpacker() : buffer_(std::size_t{1} << 20) {
    // More than xz -9 needs.
    constexpr u64 most_memory = u64{256} << 20;
    ready_ = lzma_stream_decoder(&stream_, most_memory, LZMA_CONCATENATED) == LZMA_OK;
  }
  ~XzUnpacker() override { lzma_end(&stream_); }
  XzUnpacker(const XzUnpacker&) = delete;
  XzUnpacker& operator=(const XzUnpacker&) = delete;

  Result<void> feed(Bytes packed, const Take& take) override {
    if (!ready_) return error(Code::no_space, "there is no memory to unpack it");
    stream_.next_in = packed.data();
    stream_.avail_in = packed.size();
    do {
      TRY(step(LZMA_RUN, take));
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
    return {};
  }

  // With streams behind each other only the end of all input tells that the last one is whole.
  bool finish() override {
    u8 rest = 0;
    stream_.next_in = nullptr;
    stream_.avail_in = 0;
    stream_.next_out = &rest;
    stream_.avail_out = 1;
    return lzma_code(&stream_, LZMA_FINISH) == LZMA_STREAM_END;
  }

 private:
  Result<void> step(lzma_action action, const Take& take) {
    stream_.next_out = buffer_.data();
    stream_.avail_out = buffer_.size();
    const lzma_ret result = lzma_code(&stream_, action);
    if (result == LZMA_MEMLIMIT_ERROR)
      return error(Code::no_space, "unpacking it takes more than 256 MiB of memory");
    if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR)
      return error(Code::corrupt, "does not unpack: bad data");
    return take(Bytes(buffer_).first(buffer_.size() - stream_.avail_out));
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
  std::vector<u8> buffer_;
  bool ready_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> make_xz_unpacker() { return std::make_unique<XzUnpacker>(); }

}  // namespace canopy
