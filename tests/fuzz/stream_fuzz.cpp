// A stream in any state: the reader survives it, in whatever pieces it comes, and reads the same
// from all of them; so do the dump and the receiver. Checksums are made right first, or hardly an
// input would get past the first command.

#include <cstdlib>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "checksum/crc32c.h"
#include "stream/dump.h"
#include "stream/receiver.h"

namespace canopy {
namespace {

void fix_checksums(std::vector<u8>& stream) {
  std::size_t at = stream_header_size;
  while (stream.size() >= at + command_header_size) {
    const u64 size = u64{load_le<u32>(&stream[at])} + command_header_size;
    if (size > stream.size() - at) return;
    store_le<u32>(&stream[at + 6], 0);
    const Bytes command = Bytes(stream).subspan(at, static_cast<std::size_t>(size));
    store_le<u32>(&stream[at + 6], crc32c_raw(0, command));
    at += command.size();
  }
}

// The number of commands read, and whether the stream was good to its end.
std::pair<u64, bool> read_in_pieces(Bytes stream, std::size_t piece) {
  Reader reader;
  u64 commands = 0;
  while (!stream.empty()) {
    const std::size_t size = std::min(piece, stream.size());
    reader.feed(stream.first(size));
    stream = stream.subspan(size);
    for (;;) {
      auto command = reader.next();
      if (!command.ok()) return {commands, false};
      if (command.value() == nullptr) break;
      ++commands;
    }
  }
  return {commands, reader.finish().ok()};
}

void dump(Bytes stream) {
  Reader reader;
  StreamDump dump;
  std::string text;
  reader.feed(stream);
  for (;;) {
    auto command = reader.next();
    if (!command.ok() || command.value() == nullptr) return;
    if (!dump.append(*command.value(), text).ok()) return;
    text.clear();
  }
}

// The stream may go on from itself: what it makes is the parent of what follows.
void receive(Bytes stream) {
  Model model;
  for (int round = 0; round < 2; ++round) {
    if (!receive_stream(model, stream, {.keep = Keep::hashes}).ok()) break;
  }
  for (const auto& subvolume : model.subvolumes()) {
    u64 names = 0;
    subvolume->for_each([&](const std::string&, u64) { ++names; });
    CHECK(names >= subvolume->inode_count());
  }
}

}  // namespace
}  // namespace canopy

extern "C" int LLVMFuzzerTestOneInput(const canopy::u8* data, std::size_t size) {
  std::vector<canopy::u8> stream(data, data + size);
  canopy::fix_checksums(stream);
  const auto whole = canopy::read_in_pieces(stream, stream.size());
  CHECK(canopy::read_in_pieces(stream, 7) == whole);
  canopy::dump(stream);
  canopy::receive(stream);
  return 0;
}
