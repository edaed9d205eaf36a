#include "send/extent_data.h"

#include <algorithm>
#include <array>
#include <bit>

#include "concurrency/point.h"
#include "send/paths.h"
#include "trace/trace.h"

namespace canopy {
namespace {

constexpr u64 smallest_expected = 64 * 1024;
constexpr u32 slots_looked_ahead = 24;
// Of an extent as large as this, what comes behind it is not needed for a while.
constexpr u64 large = ReadAhead::ranges_at_once * ReadAhead::largest_range;

bool is_large_extent(const ExtentBuffer& leaf, u32 slot) {
  if (leaf.key(slot).type != EXTENT_DATA_KEY) return false;
  const auto extent = parse_file_extent(leaf.item(slot), true);
  return extent.ok() && !extent.value().is_inline() && extent.value().item.num_bytes >= large;
}

}  // namespace

Result<void> send_update_extent(SendContext& context, Paths& paths, u64 offset, u64 length,
                                std::string_view rule) {
  std::string_view path = TRY(paths.current_inode_path());
  Writer& writer = context.writer;
  writer.begin(SendCommand::update_extent);
  writer.put_text(SendAttribute::path, path);
  writer.put_u64(SendAttribute::file_offset, offset);
  writer.put_u64(SendAttribute::size, static_cast<u32>(length));
  return context.end_command(rule);
}

ExtentData::ExtentData(SendContext& context, Paths& paths)
    : context_(context),
      paths_(paths),
      reader_(context.send_root.forest(), WorkerPool::spare_threads(),
              max_write_data(context.protocol())) {}

bool ExtentData::is_probably_sent(const FileExtent& extent) const {
  if (extent.is_inline() || extent.is_zeros()) return false;
  if (!extent.is_compressed() && extent.item.num_bytes < smallest_expected) return false;
  return !context_.incremental() ||
         extent.item.generation > context_.parent_root->item().generation;
}

void ExtentData::expect_after(const Path& path) {
  CommittedForest& forest = context_.send_root.forest();
  if (context_.flags.no_data || forest.cache().writer_attached()) return;
  const ExtentBuffer& leaf = path.leaf();
  if (expected_leaf_ != leaf.start() || expected_slot_ < path.slot()) {
    expected_leaf_ = leaf.start();
    expected_slot_ = path.slot();
  }
  const u32 end = std::min(leaf.nritems(), path.slot() + slots_looked_ahead);
  for (u32 slot = expected_slot_ + 1; slot < end && reader_.can_expect(); ++slot) {
    if (is_large_extent(leaf, slot - 1)) return;
    expected_slot_ = slot;
    const Key key = leaf.key(slot);
    if (key.type != EXTENT_DATA_KEY) continue;
    auto extent = parse_file_extent(leaf.item(slot), true);
    if (!extent.ok() || !is_probably_sent(extent.value())) continue;
    auto inode = context_.send_root.find_inode(key.objectid);
    if (!inode.ok() || !inode.value()) continue;
    extent.value().checksummed = (inode.value()->flags & INODE_NODATASUM) == 0;
    HoldCommitRoots hold(forest);
    reader_.expect(extent.value(), context_.flags.compressed_data);
  }
}

Result<void> ExtentData::send(const ExtentItemAt& item, u64 offset, u64 length,
                              std::string_view rule) {
  if (context_.flags.no_data) return send_update_extent(context_, paths_, offset, length, rule);
  if (context_.flags.compressed_data && item.extent.is_compressed() &&
      context_.sectorsize <= kernel_page_size) {
    if (item.extent.is_inline()) {
      if (item.extent.inline_data.size() <= length) {
        return send_encoded_inline(item, offset, length);
      }
    } else if (item.extent.item.disk_num_bytes <= length) {
      return send_encoded(item, offset, length);
    }
  }
  const u64 largest = max_write_data(context_.protocol());
  for (u64 sent = 0; sent < length; sent += std::min(length - sent, largest)) {
    TRY(send_write(item, offset + sent, std::min(length - sent, largest), rule));
  }
  return {};
}

Result<void> ExtentData::send_write(const ExtentItemAt& item, u64 offset, u64 length,
                                    std::string_view rule) {
  std::string_view path = TRY(paths_.current_inode_path());
  spans_.clear();
  if (context_.zeros_for_data) {
    take_zeros(length);
  } else {
    yield_point(Point::send_before_data_read);
    TraceSpan span(TraceKind::read_data, item.extent.item.disk_bytenr, length);
    HoldCommitRoots hold(context_.send_root.forest());
    TRY(reader_.read(where_it_lies(context_, item), offset - item.key.offset, length, spans_));
    keep_pieces();
  }
  Writer& writer = context_.writer;
  writer.begin(SendCommand::write);
  writer.put_text(SendAttribute::path, path);
  writer.put_u64(SendAttribute::file_offset, offset);
  writer.put_data(pieces_);
  return context_.end_command(rule);
}

Result<void> ExtentData::send_encoded_inline(const ExtentItemAt& item, u64 offset, u64 length) {
  std::string_view path = TRY(paths_.current_inode_path());
  const u64 ram_bytes = item.extent.item.ram_bytes;
  const u32 compression = TRY(compression_number(item));
  Writer& writer = context_.writer;
  writer.begin(SendCommand::encoded_write);
  writer.put_text(SendAttribute::path, path);
  writer.put_u64(SendAttribute::file_offset, offset);
  writer.put_u64(SendAttribute::unencoded_file_len,
                 std::min(item.key.offset + ram_bytes - offset, length));
  writer.put_u64(SendAttribute::unencoded_len, ram_bytes);
  writer.put_u64(SendAttribute::unencoded_offset, offset - item.key.offset);
  writer.put_u32(SendAttribute::compression, compression);
  writer.put_data({.bytes = item.extent.inline_data});
  return context_.end_command("A compressed inline extent, as it is");
}

Result<void> ExtentData::send_encoded(const ExtentItemAt& item, u64 offset, u64 length) {
  std::string_view path = TRY(paths_.current_inode_path());
  spans_.clear();
  if (context_.zeros_for_data) {
    take_zeros(item.extent.item.disk_num_bytes);
  } else {
    yield_point(Point::send_before_data_read);
    TraceSpan span(TraceKind::read_data, item.extent.item.disk_bytenr,
                   item.extent.item.disk_num_bytes);
    HoldCommitRoots hold(context_.send_root.forest());
    TRY(reader_.read_on_disk(where_it_lies(context_, item), spans_));
    keep_pieces();
  }
  const FileExtentItem& extent = item.extent.item;
  const u32 compression = TRY(compression_number(item));
  Writer& writer = context_.writer;
  writer.begin(SendCommand::encoded_write);
  writer.put_text(SendAttribute::path, path);
  writer.put_u64(SendAttribute::file_offset, offset);
  writer.put_u64(SendAttribute::unencoded_file_len,
                 std::min(item.key.offset + extent.num_bytes - offset, length));
  writer.put_u64(SendAttribute::unencoded_len, extent.ram_bytes);
  writer.put_u64(SendAttribute::unencoded_offset, offset - item.key.offset + extent.offset);
  writer.put_u32(SendAttribute::compression, compression);
  writer.put_u32(SendAttribute::encryption, 0);
  writer.put_extent_data(pieces_);
  return context_.end_command("A compressed extent, as it is on disk");
}

// BTRFS_ENCODED_IO_COMPRESSION_*: LZO has one for each sector size, since its framing depends on
// it.
Result<u32> ExtentData::compression_number(const ExtentItemAt& item) const {
  switch (item.extent.item.compression) {
    case COMPRESS_ZLIB:
      return 1u;
    case COMPRESS_ZSTD:
      return 2u;
    case COMPRESS_LZO:
      return 3u + static_cast<u32>(std::countr_zero(context_.sectorsize)) - 12u;
    default:
      return error(Code::corrupt, "{}: compressed in a way nobody knows", key_text(item.key))
          .as_errno("EUCLEAN");
  }
}

void ExtentData::take_zeros(u64 length) {
  static constexpr std::array<u8, 64 * 1024> zeros{};
  pieces_.clear();
  // More than a command can hold is refused by the writer, however much more it is.
  length = std::min<u64>(length, max_command_size(context_.protocol()));
  while (length > 0) {
    const Bytes piece =
        Bytes(zeros).first(static_cast<std::size_t>(std::min<u64>(length, zeros.size())));
    pieces_.push_back({.bytes = piece, .crc = 0});
    length -= piece.size();
  }
}

// The data as the writer takes it. REQUIRES: the commit root semaphore is held. Once it is let go a
// writer may put other bytes where these were; then they have to be copied.
void ExtentData::keep_pieces() {
  pieces_.clear();
  for (const DataSpan& span : spans_) {
    pieces_.push_back({.bytes = span.bytes, .crc = span.crc});
  }
  if (!context_.send_root.forest().cache().writer_attached()) return;
  copied_.clear();
  for (const DataPiece& piece : pieces_) {
    copied_.insert(copied_.end(), piece.bytes.begin(), piece.bytes.end());
  }
  Bytes rest = copied_;
  for (DataPiece& piece : pieces_) {
    const std::size_t size = piece.bytes.size();
    piece.bytes = rest.first(size);
    rest = rest.subspan(size);
  }
}

}  // namespace canopy
