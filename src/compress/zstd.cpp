#include <zstd.h>

#include <memory>

#include "compress/decompress.h"

namespace canopy {
namespace {

constexpr int window_log_max = 17;  // the largest that Btrfs writes and the kernel reads

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_DCtx* thread_context() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  CHECK(context != nullptr);
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_log_max);
  return context.get();
}

}  // namespace

// One frame; padding follows. A frame that is cut off is not an error to the kernel: what it gave
// counts and the rest is zeros.
Result<std::size_t> compress_internal::decompress_zstd(Bytes in, MutableBytes out,
                                                       u32 /*sectorsize*/) {
  ZSTD_DCtx* context = thread_context();
  ZSTD_inBuffer source = {in.data(), in.size(), 0};
  ZSTD_outBuffer target = {out.data(), out.size(), 0};
  while (target.pos < target.size) {
    const std::size_t before = source.pos + target.pos;
    const std::size_t status = ZSTD_decompressStream(context, &target, &source);
    if (ZSTD_isError(status)) {
      return error(Code::corrupt, "a zstd extent is damaged: {}", ZSTD_getErrorName(status));
    }
    if (status == 0 || source.pos + target.pos == before) break;
  }
  return target.pos;
}

}  // namespace canopy
