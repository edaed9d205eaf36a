#include "stream/writer.h"

#include "checksum/crc32c.h"

namespace canopy {
namespace {

constexpr u32 length_offset = 0;
constexpr u32 command_offset = 4;
constexpr u32 crc_offset = 6;
constexpr u32 page_size = 4096;

u64 total_size(std::span<const DataPiece> pieces) {
  u64 size = 0;
  for (const DataPiece& piece : pieces)
    size += piece.bytes.size();
  return size;
}

}  // namespace

Writer::Writer(u32 version, Sink& sink)
    : sink_(sink),
      version_(version),
      capacity_(max_command_size(version)),
      buffer_(max_command_size(version)) {
  CHECK(version >= 1 && version <= highest_stream_version);
  gathered_.reserve(64);
}

Result<void> Writer::write_stream_header() {
  CHECK(!in_command_);
  u8 header[stream_header_size];
  std::memcpy(header, stream_magic.data(), stream_magic.size());
  store_le(header + stream_magic.size(), version_);
  const Bytes piece(header);
  TRY(sink_.write({&piece, 1}));
  offset_ += stream_header_size;
  return {};
}

void Writer::begin(SendCommand command) {
  CHECK(!in_command_);
  in_command_ = true;
  has_data_ = false;
  overflowed_ = false;
  command_ = command;
  data_size_ = 0;
  gathered_.resize(1);
  std::memset(buffer_.data(), 0, command_header_size);
  store_le(buffer_.data() + command_offset, static_cast<u16>(command));
  used_ = command_header_size;
}

void Writer::put_timespec(SendAttribute attribute, u64 sec, u32 nsec) {
  CHECK(attribute_info(attribute).encoding == AttributeEncoding::timespec);
  u8 bytes[12];
  store_le(bytes, sec);
  store_le(bytes + 8, nsec);
  put(attribute, bytes);
}

void Writer::put_data(std::span<const DataPiece> pieces) {
  CHECK(in_command_ && !has_data_);
  has_data_ = true;
  const u64 size = total_size(pieces);
  const u32 attribute_header = version_ >= 2 ? 2 : 4;
  // In version 1 the length has 16 bits, which the capacity alone ensures.
  if (attribute_header + size > capacity_ - used_) {
    overflowed_ = true;
    return;
  }
  u8* at = buffer_.data() + used_;
  store_le(at, static_cast<u16>(SendAttribute::data));
  if (version_ < 2) store_le(at + 2, static_cast<u16>(size));
  used_ += attribute_header;
  data_size_ = static_cast<u32>(size);
  seal(data_size_, pieces);
  for (const DataPiece& piece : pieces) {
    if (!piece.bytes.empty()) gathered_.push_back(piece.bytes);
  }
}

void Writer::put_extent_data(std::span<const DataPiece> pieces) {
  put_data(pieces);
  const u64 aligned = (u64{used_} + page_size - 1) / page_size * page_size;
  if (aligned + total_size(pieces) > capacity_) overflowed_ = true;
}

Result<void> Writer::end() {
  CHECK(in_command_);
  in_command_ = false;
  if (overflowed_) [[unlikely]] {
    return error(Code::invalid, "a {} command does not fit in the {} bytes that protocol {} allows",
                 command_info(command_).name, capacity_, version_)
        .as_errno("EOVERFLOW");
  }
  if (!has_data_) seal(0, {});
  gathered_[0] = Bytes(buffer_).first(used_);
  TRY(sink_.write(gathered_));
  offset_ += used_ + data_size_;
  ++command_count_;
  return {};
}

void Writer::seal(u32 data_size, std::span<const DataPiece> pieces) {
  store_le(buffer_.data() + length_offset, used_ - command_header_size + data_size);
  u32 crc = crc32c_raw(0, Bytes(buffer_).first(used_));
  for (const DataPiece& piece : pieces) {
    crc = piece.crc ? crc32c_combine_raw(crc, *piece.crc, piece.bytes.size())
                    : crc32c_raw(crc, piece.bytes);
  }
  store_le(buffer_.data() + crc_offset, crc);
}

}  // namespace canopy
