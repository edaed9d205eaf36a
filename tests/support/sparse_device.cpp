#include "support/sparse_device.h"

#include <algorithm>
#include <cstring>

namespace canopy {

Result<void> SparseDevice::read(u64 offset, MutableBytes out) {
  if (offset > size_ || out.size() > size_ - offset)
    return beyond_device(*this, offset, out.size());
  while (!out.empty()) {
    const u64 start = offset % block_size;
    const u64 length = std::min<u64>(out.size(), block_size - start);
    auto found = blocks_.find(offset / block_size);
    if (found == blocks_.end())
      std::memset(out.data(), 0, length);
    else
      std::memcpy(out.data(), found->second.data() + start, length);
    out = out.subspan(length);
    offset += length;
  }
  return {};
}

Result<void> SparseDevice::write(u64 offset, Bytes bytes) {
  if (offset > size_ || bytes.size() > size_ - offset)
    return beyond_device(*this, offset, bytes.size());
  while (!bytes.empty()) {
    const u64 start = offset % block_size;
    const u64 length = std::min<u64>(bytes.size(), block_size - start);
    Block& block = blocks_.try_emplace(offset / block_size, Block{}).first->second;
    std::memcpy(block.data() + start, bytes.data(), length);
    bytes = bytes.subspan(length);
    offset += length;
  }
  return {};
}

}  // namespace canopy
