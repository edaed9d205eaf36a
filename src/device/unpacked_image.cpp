#include "device/unpacked_image.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace canopy {

Result<void> UnpackedImage::read(u64 offset, MutableBytes out) {
  if (offset > size_bytes_ || out.size() > size_bytes_ - offset) {
    return beyond_device(*this, offset, out.size());
  }
  for (std::size_t done = 0; done < out.size();) {
    const u64 at = offset + done;
    const auto in_page = static_cast<std::size_t>(at % page_size);
    const std::size_t length =
        std::min(out.size() - done, static_cast<std::size_t>(page_size) - in_page);
    if (auto page = pages_.find(at / page_size); page != pages_.end()) {
      std::memcpy(out.data() + done, page->second->data() + in_page, length);
    } else {
      std::memset(out.data() + done, 0, length);
    }
    done += length;
  }
  return {};
}

void UnpackedImage::append(Bytes bytes) {
  while (!bytes.empty()) {
    const auto in_page = static_cast<std::size_t>(size_bytes_ % page_size);
    const std::size_t length =
        std::min(bytes.size(), static_cast<std::size_t>(page_size) - in_page);
    const Bytes part = bytes.first(length);
    if (std::any_of(part.begin(), part.end(), [](u8 byte) { return byte != 0; })) {
      auto& page = pages_[size_bytes_ / page_size];
      if (page == nullptr) page = std::make_unique<Page>();
      std::memcpy(page->data() + in_page, part.data(), length);
    }
    size_bytes_ += length;
    bytes = bytes.subspan(length);
  }
}

Result<std::unique_ptr<Device>> decompress_image(std::string name, Bytes compressed) {
  constexpr u64 most_held = u64{1} << 30;
  auto device = std::make_unique<UnpackedImage>(std::move(name));
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          ZSTD_freeDStream);
  std::vector<u8> buffer(ZSTD_DStreamOutSize());
  ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
  std::size_t left = 1;  // 0 at the end of a frame
  for (bool more = true; more;) {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left) != 0) {
      return error(Code::corrupt, "{} does not decompress: {}", device->name(),
                   ZSTD_getErrorName(left));
    }
    device->append(Bytes(buffer).first(out.pos));
    if (device->held_bytes() > most_held) {
      return error(Code::no_space, "{} is too large for memory", device->name());
    }
    // At the end of a frame nothing is held back; in the middle, a full buffer may hide more.
    more = in.pos < in.size || (left != 0 && out.pos == out.size);
  }
  if (left != 0) return error(Code::corrupt, "{} ends in the middle", device->name());
  return std::unique_ptr<Device>(std::move(device));
}

}  // namespace canopy
