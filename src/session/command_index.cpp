#include "session/command_index.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/varint.h"

namespace canopy {

namespace {

std::size_t kind_of(u16 number) { return number < send_command_count ? number : 0; }

}  // namespace

Result<void> CommandIndex::append(Bytes bytes) {
  while (!bytes.empty()) {
    if (skip_ > 0) {
      const auto length = static_cast<std::size_t>(std::min<u64>(skip_, bytes.size()));
      skip_ -= length;
      bytes = bytes.subspan(length);
      continue;
    }
    const std::size_t wanted = in_stream_header_ ? stream_header_size : command_header_size;
    const std::size_t length = std::min(wanted - header_fill_, bytes.size());
    std::memcpy(header_.data() + header_fill_, bytes.data(), length);
    header_fill_ += length;
    bytes = bytes.subspan(length);
    if (header_fill_ < wanted) return {};
    header_fill_ = 0;
    if (in_stream_header_) {
      if (std::memcmp(header_.data(), stream_magic.data(), stream_magic.size()) != 0) {
        return error(Code::corrupt, "the stream does not begin as one");
      }
      append_header(load_le<u32>(header_.data() + stream_magic.size()));
      in_stream_header_ = false;
    } else {
      TRY(begin_command());
    }
  }
  return {};
}

Result<void> CommandIndex::begin_command() {
  const u32 payload = load_le<u32>(header_.data());
  const u16 number = load_le<u16>(header_.data() + 4);
  if (payload > 0x7fffffff) {
    return error(Code::corrupt, "the command at {} of the stream has {} bytes", offset_, payload);
  }
  append_command(number, command_header_size + payload);
  skip_ = payload;
  in_stream_header_ = number == static_cast<u16>(SendCommand::end);
  return {};
}

void CommandIndex::append_header(u32 version) {
  std::lock_guard lock(mutex_);
  if (version_ == 0) version_ = version;
  current_version_ = static_cast<u8>(std::min<u32>(version, 0xff));
  offset_ += stream_header_size;
  if (count_ % block_size == 0) return;  // the next block says it
  blocks_.back().packed.push_back(header_mark);
  blocks_.back().packed.push_back(current_version_);
}

void CommandIndex::append_command(u16 number, u32 size) {
  std::lock_guard lock(mutex_);
  if (count_ % block_size == 0) {
    if (!blocks_.empty()) blocks_.back().packed.shrink_to_fit();
    Block& block = blocks_.emplace_back();
    block.offset = offset_;
    block.version = current_version_;
  }
  Block& block = blocks_.back();
  block.packed.push_back(number < header_mark ? static_cast<u8>(number) : large_number);
  put_varint(block.packed, size - command_header_size);
  block.counts[kind_of(number)]++;
  counts_[kind_of(number)]++;
  count_++;
  offset_ += size;
}

u64 CommandIndex::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

CommandIndex::Counts CommandIndex::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

u32 CommandIndex::version() const {
  std::lock_guard lock(mutex_);
  return version_;
}

template <typename Visit>
void CommandIndex::visit(std::size_t block, Visit&& each) const {
  const Block& run = blocks_[block];
  CommandPlace place;
  place.index = u64{block} * block_size;
  place.offset = run.offset;
  place.version = run.version;
  for (std::size_t at = 0; at < run.packed.size(); place.index++) {
    while (run.packed[at] == header_mark && at + 2 < run.packed.size()) {
      place.version = run.packed[at + 1];
      place.offset += stream_header_size;
      at += 2;
    }
    if (run.packed[at] == header_mark) return;  // nothing follows it yet
    place.number = run.packed[at++];
    place.size = static_cast<u32>(take_varint(run.packed, at)) + command_header_size;
    if (!each(place)) return;
    place.offset += place.size;
  }
}

std::vector<CommandPlace> CommandIndex::places(u64 first, u64 count) const {
  std::lock_guard lock(mutex_);
  std::vector<CommandPlace> found;
  if (first >= count_) return found;
  const u64 end = first + std::min(count, count_ - first);
  for (u64 block = first / block_size; block * block_size < end; block++) {
    visit(static_cast<std::size_t>(block), [&](const CommandPlace& place) {
      if (place.index >= first && place.index < end) found.push_back(place);
      return place.index + 1 < end;
    });
  }
  return found;
}

std::vector<CommandPlace> CommandIndex::places_of(SendCommand kind, u64 first, u64 count) const {
  std::lock_guard lock(mutex_);
  const auto number = static_cast<u16>(kind);
  std::vector<CommandPlace> found;
  u64 seen = 0;
  for (std::size_t block = 0; block < blocks_.size() && found.size() < count; block++) {
    const u64 here = blocks_[block].counts[kind_of(number)];
    if (seen + here <= first) {
      seen += here;
      continue;
    }
    visit(block, [&](const CommandPlace& place) {
      if (kind_of(place.number) == kind_of(number) && seen++ >= first) found.push_back(place);
      return found.size() < count;
    });
  }
  return found;
}

}  // namespace canopy
