#include "container/seekable_zstd.h"

#include <zstd.h>

#include <algorithm>
#include <mutex>

#include "base/bytes.h"
#include "container/kept_pieces.h"

namespace canopy {
namespace {

constexpr u32 SKIPPED_MAGIC = 0x184d2a5e;
constexpr u32 TABLE_MAGIC = 0x8f92eab1;
constexpr u64 HEADER_SIZE = 8;
constexpr u64 FOOTER_SIZE = 9;
constexpr u8 HAS_CHECKSUMS = 0x80;
constexpr u8 RESERVED_FLAGS = 0x7c;
// Four frames are kept; a table of more would take more than 100 MiB.
constexpr u32 MOST_IN_FRAME = u32{16} << 20;
constexpr u64 MOST_FRAMES = u64{4} << 20;

struct Footer {
  u64 frames = 0;
  u64 entry_size = 0;
};

Result<std::optional<Footer>> read_footer(Device& file) {
  if (file.size_bytes() < HEADER_SIZE + FOOTER_SIZE) return {std::nullopt};
  u8 bytes[FOOTER_SIZE];
  TRY(file.read(file.size_bytes() - FOOTER_SIZE, bytes));
  const u8 flags = bytes[4];
  if (load_le<u32>(&bytes[5]) != TABLE_MAGIC || (flags & RESERVED_FLAGS) != 0)
    return {std::nullopt};
  Footer footer;
  footer.frames = load_le<u32>(bytes);
  footer.entry_size = (flags & HAS_CHECKSUMS) != 0 ? 12 : 8;
  if (footer.frames > MOST_FRAMES) return {std::nullopt};
  return {footer};
}

class SeekableZstd final : public Device {
 public:
  SeekableZstd(std::unique_ptr<Device> file, SeekTable table)
      : file_(std::move(file)), table_(std::move(table)), unpacked_(largest(table_)) {}

  const std::string& name() const override { return file_->name(); }
  u64 size_bytes() const override { return table_.size; }
  Result<void> check_unchanged() override { return file_->check_unchanged(); }

  Result<void> read(u64 offset, MutableBytes out) override {
    if (offset > table_.size || out.size() > table_.size - offset)
      return beyond_device(*this, offset, out.size());
    auto frame = std::ranges::upper_bound(table_.frames, offset, {}, &SeekTable::Frame::offset);
    while (!out.empty()) {
      const SeekTable::Frame& in = *std::prev(frame++);
      const u64 skip = offset - in.offset;
      const auto take = to_size(std::min<u64>(out.size(), in.bytes - skip));
      std::scoped_lock hold(mutex_);
      const std::vector<u8>* bytes = unpacked_.find(in.at);
      if (bytes == nullptr) bytes = unpacked_.add(in.at, TRY(unpack(in)));
      std::copy_n(bytes->begin() + static_cast<std::ptrdiff_t>(skip), take, out.begin());
      offset += take;
      out = out.subspan(take);
    }
    return {};
  }

 private:
  static u64 largest(const SeekTable& table) {
    u64 most = 1;
    for (const SeekTable::Frame& frame : table.frames)
      most = std::max<u64>(most, frame.bytes);
    return most;
  }

  Result<std::vector<u8>> unpack(const SeekTable::Frame& frame) {
    std::vector<u8> packed(frame.packed);
    TRY(file_->read(frame.at, packed));
    std::vector<u8> bytes(frame.bytes);
    const std::size_t size =
        ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
    if (ZSTD_isError(size) != 0 || size != bytes.size())
      return error(Code::corrupt, "{}: the frame at {} does not unpack to {} bytes: {}", name(),
                   frame.at, frame.bytes,
                   ZSTD_isError(size) != 0 ? ZSTD_getErrorName(size) : "they are fewer")
          .as_errno("EIO");
    return bytes;
  }

  std::unique_ptr<Device> file_;
  const SeekTable table_;
  std::mutex mutex_;  // of what follows
  KeptPieces unpacked_;
};

}  // namespace

Result<std::optional<SeekTable>> read_seek_table(Device& file) {
  const std::optional<Footer> footer = TRY(read_footer(file));
  if (!footer) return {std::nullopt};
  const u64 content = footer->frames * footer->entry_size + FOOTER_SIZE;
  if (content + HEADER_SIZE > file.size_bytes()) return {std::nullopt};
  const u64 begin = file.size_bytes() - content - HEADER_SIZE;
  std::vector<u8> bytes(to_size(content + HEADER_SIZE));
  TRY(file.read(begin, bytes));
  if (load_le<u32>(&bytes[0]) != SKIPPED_MAGIC || load_le<u32>(&bytes[4]) != content)
    return {std::nullopt};
  SeekTable table;
  u64 at = 0;
  for (u64 i = 0; i < footer->frames; ++i) {
    const u8* const entry = &bytes[to_size(HEADER_SIZE + i * footer->entry_size)];
    const SeekTable::Frame frame{at, table.size, load_le<u32>(entry), load_le<u32>(entry + 4)};
    if (frame.bytes > MOST_IN_FRAME || frame.packed > begin - at) return {std::nullopt};
    if (frame.bytes > 0) table.frames.push_back(frame);
    at += frame.packed;
    table.size += frame.bytes;
  }
  if (at != begin) return {std::nullopt};
  return {std::move(table)};
}

std::unique_ptr<Device> open_seekable_zstd(std::unique_ptr<Device> file, SeekTable table) {
  return std::make_unique<SeekableZstd>(std::move(file), std::move(table));
}

}  // namespace canopy
