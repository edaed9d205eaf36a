#include "container/disk_in_blocks.h"

#include <algorithm>

namespace canopy {

Result<void> DiskInBlocks::read(u64 offset, MutableBytes out) {
  if (offset > size_ || out.size() > size_ - offset)
    return beyond_device(*this, offset, out.size());
  while (!out.empty()) {
    const u64 in_block = offset % block_size_;
    const auto take = to_size(std::min<u64>(out.size(), block_size_ - in_block));
    TRY(read_block(offset / block_size_, in_block, out.first(take)));
    offset += take;
    out = out.subspan(take);
  }
  return {};
}

}  // namespace canopy
