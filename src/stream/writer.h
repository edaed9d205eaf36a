// Builds the commands of a stream, one at a time, and hands each to a Sink:
//
//     writer.begin(SendCommand::write);
//     writer.put_text(SendAttribute::path, path);
//     writer.put_u64(SendAttribute::file_offset, offset);
//     writer.put_data(pieces);
//     TRY(writer.end());
//
// Invariants:
// - Attributes appear in the order of the calls; the order of the kernel is the caller's affair.
// - A command is never larger than the kernel's send buffer. One that would be is remembered and
//   end() refuses it as the kernel does (EOVERFLOW) with nothing written: the kernel gives up the
//   whole send at that point, so nobody needs to know between begin() and end().
// - File data is not copied. It lies where it lies (a mapped image, a decompressed extent) until
//   end() has returned, and where its checksum is known it is not even read.
// - Nothing is allocated for a command.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/types.h"
#include "stream/command.h"
#include "stream/sink.h"

namespace canopy {

// A stretch of file data somewhere in memory.
struct DataPiece {
  Bytes bytes;
  // crc32c_raw(0, bytes), if the caller has it: from crc32c_raw_from_standard() or Crc32cSectors
  // for sectors that were verified, 0 for zeros of any length.
  std::optional<u32> crc = std::nullopt;
};

class Writer {
 public:
  // REQUIRES: version is 1, 2 or 3. `sink` is borrowed.
  Writer(u32 version, Sink& sink);

  u32 version() const { return version_; }
  // Bytes handed to the sink so far: where in the stream the next command begins.
  u64 offset() const { return offset_; }
  u64 command_count() const { return command_count_; }
  // The command that was begun last.
  SendCommand command() const { return command_; }

  Result<void> write_stream_header();

  void begin(SendCommand command);

  // Each checks that the attribute is one of this kind.
  void put_u8(SendAttribute attribute, u8 value) {
    put_integer(attribute, AttributeEncoding::number8, value);
  }
  void put_u32(SendAttribute attribute, u32 value) {
    put_integer(attribute, AttributeEncoding::number32, value);
  }
  void put_u64(SendAttribute attribute, u64 value) {
    put_integer(attribute, AttributeEncoding::number64, value);
  }
  void put_uuid(SendAttribute attribute, std::span<const u8, 16> uuid) {
    CHECK(attribute_info(attribute).encoding == AttributeEncoding::uuid);
    put(attribute, uuid);
  }
  void put_timespec(SendAttribute attribute, u64 sec, u32 nsec);
  // Paths and names, without a NUL.
  void put_text(SendAttribute attribute, std::string_view text) {
    CHECK(attribute_info(attribute).encoding == AttributeEncoding::text);
    put(attribute, as_bytes(text));
  }
  // Binary attributes other than `data`.
  void put_binary(SendAttribute attribute, Bytes bytes) {
    CHECK(attribute_info(attribute).encoding == AttributeEncoding::binary &&
          attribute != SendAttribute::data);
    put(attribute, bytes);
  }

  // The attribute `data`, which is the last of a command. The bytes must stay until end().
  void put_data(std::span<const DataPiece> pieces);
  void put_data(const DataPiece& piece) { put_data(std::span(&piece, 1)); }
  // The same for the raw bytes of a compressed extent: the kernel reads them into its buffer at the
  // next page boundary and refuses the command if they do not fit behind that gap.
  void put_extent_data(std::span<const DataPiece> pieces);

  // Completes the command and hands it to the sink.
  Result<void> end();

 private:
  // The rule of the kernel's tlv_put(): header and value must fit in what is left of its buffer.
  void put(SendAttribute attribute, Bytes value) {
    CHECK(in_command_ && !has_data_);
    // The length field has 16 bits. The kernel would cut a larger value's length (its callers
    // never give one); we refuse it.
    if (value.size() > 0xffff || 4 + value.size() > capacity_ - used_) [[unlikely]] {
      overflowed_ = true;
      return;
    }
    u8* at = buffer_.data() + used_;
    store_le(at, static_cast<u16>(attribute));
    store_le(at + 2, static_cast<u16>(value.size()));
    if (!value.empty()) std::memcpy(at + 4, value.data(), value.size());
    used_ += 4 + static_cast<u32>(value.size());
  }
  template <typename T>
  void put_integer(SendAttribute attribute, AttributeEncoding encoding, T value) {
    CHECK(attribute_info(attribute).encoding == encoding);
    u8 bytes[sizeof value];
    store_le(bytes, value);
    put(attribute, bytes);
  }
  // Fills in length and CRC of what is in the buffer and of the data behind it.
  void seal(u32 data_size, std::span<const DataPiece> pieces);

  Sink& sink_;
  u32 version_;
  u32 capacity_;
  std::vector<u8> buffer_;
  u32 used_ = 0;
  bool in_command_ = false;
  bool has_data_ = false;
  bool overflowed_ = false;
  SendCommand command_ = SendCommand::unspec;
  u32 data_size_ = 0;
  std::vector<Bytes> gathered_;  // the buffer's used part, then the data
  u64 offset_ = 0;
  u64 command_count_ = 0;
};

}  // namespace canopy
