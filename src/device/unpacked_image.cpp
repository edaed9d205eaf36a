#include "device/unpacked_image.h"

#include <algorithm>
#include <cstring>

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

}  // namespace canopy
