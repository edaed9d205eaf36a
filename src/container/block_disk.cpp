#include "container/block_disk.h"

#include <algorithm>

#include "container/disk_in_blocks.h"

namespace canopy {
namespace {

class BlockDisk final : public DiskInBlocks {
 public:
  BlockDisk(std::unique_ptr<Device> file, BlockLayout layout)
      : DiskInBlocks(std::move(file), layout.size, layout.block_size), layout_(std::move(layout)) {}

  std::optional<Bytes> mapped(u64 offset, u64 length) override {
    const u64 in_block = offset % block_size();
    if (offset >= size_bytes() || length > size_bytes() - offset) return std::nullopt;
    if (length > block_size() - in_block) return std::nullopt;
    const auto at = place_of(offset / block_size());
    return at ? file().mapped(*at + in_block, length) : std::nullopt;
  }

 private:
  Result<void> read_block(u64 block, u64 in_block, MutableBytes out) override {
    if (const auto at = place_of(block)) return file().read(*at + in_block, out);
    std::ranges::fill(out, u8{0});
    return {};
  }

  std::optional<u64> place_of(u64 block) const {
    const u32 entry = layout_.table[to_size(block)];
    if (entry == BlockLayout::NOWHERE) return std::nullopt;
    return layout_.base + entry * layout_.unit;
  }

  const BlockLayout layout_;
};

}  // namespace

std::unique_ptr<Device> open_block_disk(std::unique_ptr<Device> file, BlockLayout layout) {
  return std::make_unique<BlockDisk>(std::move(file), std::move(layout));
}

Result<u64> block_table_entries(const Device& file, const char* format, u64 at, u64 entries,
                                u64 size, u64 block_size) {
  constexpr u64 most = u64{1} << 24;  // 16 TiB in blocks of 1 MiB
  const u64 needed = size / block_size + (size % block_size != 0 ? 1 : 0);
  if (entries < needed)
    return error(Code::corrupt, "{}: {}: a table of {} entries for a disk of {} bytes", file.name(),
                 format, entries, size);
  if (needed > most)
    return error(Code::corrupt, "{}: {}: {} blocks of {} bytes are too many", file.name(), format,
                 needed, block_size);
  if (at > file.size_bytes() || needed > (file.size_bytes() - at) / sizeof(u32))
    return error(Code::corrupt, "{}: {}: a table of {} entries at {} passes the end of the file",
                 file.name(), format, needed, at);
  return needed;
}

}  // namespace canopy
