#include "container/block_disk.h"

#include <algorithm>

namespace canopy {
namespace {

class BlockDisk final : public Device {
 public:
  BlockDisk(std::unique_ptr<Device> file, BlockLayout layout)
      : file_(std::move(file)), layout_(std::move(layout)) {}

  const std::string& name() const override { return file_->name(); }
  u64 size_bytes() const override { return layout_.size; }
  Result<void> check_unchanged() override { return file_->check_unchanged(); }

  Result<void> read(u64 offset, MutableBytes out) override {
    if (offset > layout_.size || out.size() > layout_.size - offset)
      return beyond_device(*this, offset, out.size());
    while (!out.empty()) {
      const u64 left_in_block = layout_.block_size - offset % layout_.block_size;
      const MutableBytes part = out.first(to_size(std::min<u64>(out.size(), left_in_block)));
      if (const auto at = place_of(offset)) {
        TRY(file_->read(*at, part));
      } else {
        std::ranges::fill(part, u8{0});
      }
      offset += part.size();
      out = out.subspan(part.size());
    }
    return {};
  }

  std::optional<Bytes> mapped(u64 offset, u64 length) override {
    if (offset >= layout_.size || length > layout_.size - offset) return std::nullopt;
    if (length > layout_.block_size - offset % layout_.block_size) return std::nullopt;
    const auto at = place_of(offset);
    return at ? file_->mapped(*at, length) : std::nullopt;
  }

 private:
  std::optional<u64> place_of(u64 offset) const {
    const u32 entry = layout_.table[to_size(offset / layout_.block_size)];
    if (entry == BlockLayout::NOWHERE) return std::nullopt;
    return layout_.base + entry * layout_.unit + offset % layout_.block_size;
  }

  std::unique_ptr<Device> file_;
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
