// Takes a stream apart, from bytes that arrive in pieces of any size:
//
//     Reader reader;
//     while (there are bytes) {
//       reader.feed(bytes);
//       while (auto command = TRY(reader.next())) ...
//     }
//     TRY(reader.finish());
//
// Invariants:
// - Any bytes are survived: what is not a stream is an Error that names the offset. After an Error
//   the reader gives the same Error again, unless it is told to pass over the damaged command.
// - A command that is given has a right CRC, attributes that lie within it, values of the length
//   their encoding asks for, and, if its number is known, every attribute that is not optional. Who
//   uses it need not look again.
// - Where an attribute appears twice the last one counts, as for `btrfs receive`.
// - Memory is bounded: a command larger than 16 MiB (the kernel makes at most 144 KiB) is refused.
//
// Several streams may follow each other, each with its header, as `btrfs send A B` makes them.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/types.h"
#include "stream/command.h"

namespace canopy {

struct StreamTime {
  i64 sec = 0;
  u32 nsec = 0;
  bool operator==(const StreamTime&) const = default;
};

// An attribute as it lies in a command.
struct AttributeView {
  SendAttribute attribute = SendAttribute::unspec;
  u64 offset = 0;  // of its header, in the stream
  Bytes value;
};

// A command, valid until its reader is asked for the next one or fed. The typed accessors REQUIRE
// that the attribute is there and has that encoding; for a known command all but the optional ones
// are there.
class StreamCommand {
 public:
  SendCommand type() const { return static_cast<SendCommand>(number_); }
  // Whether the number is one of SendCommand. Others are skipped by `btrfs receive`.
  bool known() const { return number_ > 0 && number_ < send_command_count; }
  u16 number() const { return number_; }
  u32 version() const { return version_; }
  u64 index() const { return index_; }    // counted from 0 in the whole input
  u64 offset() const { return offset_; }  // of its header in the whole input
  u32 size() const { return size_; }      // header included
  u32 crc() const { return crc_; }

  // In the order of the stream, each once.
  std::span<const AttributeView> attributes() const {
    return std::span(attributes_).first(attribute_count_);
  }
  bool has(SendAttribute attribute) const { return find(attribute) != nullptr; }
  // u8, u32 or u64, widened.
  u64 number(SendAttribute attribute) const;
  std::string_view text(SendAttribute attribute) const { return as_text(bytes(attribute)); }
  Bytes bytes(SendAttribute attribute) const;
  std::span<const u8, 16> uuid(SendAttribute attribute) const {
    return bytes(attribute).first<16>();
  }
  StreamTime timespec(SendAttribute attribute) const;
  // Whether its CRC is right: false only of what Reader::pass_over() gives.
  bool has_right_crc() const { return has_right_crc_; }

 private:
  friend class Reader;
  const AttributeView* find(SendAttribute attribute) const {
    const u8 slot = slots_[static_cast<u16>(attribute)];
    return slot == 0 ? nullptr : &attributes_[slot - 1u];
  }

  u16 number_ = 0;
  u32 version_ = 0;
  u64 index_ = 0;
  u64 offset_ = 0;
  u32 size_ = 0;
  u32 crc_ = 0;
  bool has_right_crc_ = true;
  std::array<u8, send_attribute_count> slots_{};  // place in attributes_, plus 1
  std::array<AttributeView, send_attribute_count> attributes_{};
  u32 attribute_count_ = 0;
};

class Reader {
 public:
  Reader() = default;
  // For commands without a stream header in front (a send with that header omitted). REQUIRES: the
  // version is 1, 2 or 3. So many commands and bytes of the input went before.
  explicit Reader(u32 version, u64 index = 0, u64 offset = 0);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Gives the next bytes. They are borrowed until next() has returned null. REQUIRES: next() has
  // returned null since the last feed().
  void feed(Bytes bytes);

  // The next command, or null if more bytes are needed. Errors: Code::corrupt, and
  // Code::unsupported for a version above 3.
  Result<const StreamCommand*> next();

  // After an Error: goes on behind the command that is damaged, if all its bytes are there and its
  // length tells where it ends. Gives its number, its place and its size, all of them as it says;
  // null where nobody knows where to go on.
  const StreamCommand* pass_over();

  // To be called when there are no more bytes: an Error if they end within a command or a header,
  // without an END command, or before they began.
  Result<void> finish() const;

  // The version of the current stream, once its header was read.
  std::optional<u32> version() const { return version_; }
  // Bytes consumed so far.
  u64 offset() const { return offset_; }

 private:
  // The next `size` bytes in one piece, not consumed; nothing if more are needed, and then those
  // there are were put aside.
  std::optional<Bytes> peek(std::size_t size);
  void consume(std::size_t size);
  Result<const StreamCommand*> step();
  Result<bool> read_stream_header();
  Result<void> parse(Bytes whole);
  Result<void> parse_attributes(Bytes payload);
  Result<void> check_complete() const;

  Bytes input_;
  std::vector<u8> partial_;  // the beginning of a unit that the input so far cut off
  bool partial_consumed_ = false;
  std::optional<u32> version_;
  bool between_streams_ = true;
  u64 offset_ = 0;
  u64 command_count_ = 0;
  StreamCommand command_;
  std::size_t damaged_size_ = 0;  // of the command that failure_ is about; 0: it is of none
  std::optional<Error> failure_;
};

}  // namespace canopy
