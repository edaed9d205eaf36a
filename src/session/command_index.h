// Where each command of a stream begins, what it is, and how many there are of each kind: made
// while the stream goes by, and small enough for streams of tens of millions of commands (about
// three bytes a command). What a command says is read from the stored stream when it is shown.
// Several streams may follow each other; their commands are counted on.
//
// One thread appends; any thread may ask.
#pragma once

#include <array>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "stream/command.h"

namespace canopy {

struct CommandPlace {
  u64 index = 0;
  u64 offset = 0;  // of its header in the stream
  u32 size = 0;    // header included
  u16 number = 0;  // a SendCommand, or one that is not known
  u8 version = 0;  // of its stream
};

class CommandIndex {
 public:
  using Counts = std::array<u64, send_command_count>;  // by number; [0]: unknown numbers

  // The next bytes of the stream. Code::corrupt if they are not those of a stream.
  Result<void> append(Bytes bytes);
  // Instead of that, for who has taken the stream apart already: what comes next.
  void append_header(u32 version);
  void append_command(u16 number, u32 size);

  u64 count() const;
  Counts counts() const;
  // From the header of the first stream; 0 before it was seen.
  u32 version() const;

  // Commands [first, first + count), as many of them as there are.
  std::vector<CommandPlace> places(u64 first, u64 count) const;
  // The same of the commands of one kind: counted among themselves.
  std::vector<CommandPlace> places_of(SendCommand kind, u64 first, u64 count) const;

 private:
  static constexpr u32 block_size = 1024;
  // In the place of numbers.
  static constexpr u8 header_mark = 0xfe;
  static constexpr u8 large_number = 0xff;

  // A run of commands: for each a byte of its number and its payload's size as a varint. Where a
  // stream begins among them, a mark and the version.
  struct Block {
    u64 offset = 0;  // of the first command
    u8 version = 0;
    std::vector<u8> packed;
    std::array<u16, send_command_count> counts{};
  };

  Result<void> begin_command();
  template <typename Visit>
  void visit(std::size_t block, Visit&& each) const;

  // The state of the parse: bytes of a header that were cut off, bytes of a command still to skip.
  std::array<u8, stream_header_size> header_{};
  std::size_t header_fill_ = 0;
  bool in_stream_header_ = true;
  u64 skip_ = 0;

  mutable std::mutex mutex_;  // of what follows
  u64 offset_ = 0;            // of what comes next
  u8 current_version_ = 0;
  std::vector<Block> blocks_;
  u64 count_ = 0;
  Counts counts_{};
  u32 version_ = 0;
};

}  // namespace canopy
