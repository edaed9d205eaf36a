#include "stream/reader.h"

#include <algorithm>
#include <utility>

#include "checksum/crc32c.h"

namespace canopy {
namespace {

constexpr u32 max_accepted_command = 16 * 1024 * 1024;
constexpr u32 crc_offset = 6;

std::optional<std::size_t> fixed_size(AttributeEncoding encoding) {
  switch (encoding) {
    case AttributeEncoding::number8:
      return 1;
    case AttributeEncoding::number32:
      return 4;
    case AttributeEncoding::number64:
      return 8;
    case AttributeEncoding::uuid:
      return 16;
    case AttributeEncoding::timespec:
      return 12;
    case AttributeEncoding::text:
    case AttributeEncoding::binary:
      break;
  }
  return std::nullopt;
}

// The CRC as if its own field were zero.
u32 command_crc(Bytes whole) {
  constexpr u8 zeros[4] = {};
  const u32 before = crc32c_raw(0, whole.first(crc_offset));
  return crc32c_raw(crc32c_raw(before, zeros), whole.subspan(command_header_size));
}

}  // namespace

u64 StreamCommand::number(SendAttribute attribute) const {
  const Bytes value = bytes(attribute);
  switch (value.size()) {
    case 1:
      return value[0];
    case 4:
      return load_le<u32>(value.data());
    default:
      CHECK(value.size() == 8);
      return load_le<u64>(value.data());
  }
}

Bytes StreamCommand::bytes(SendAttribute attribute) const {
  const AttributeView* view = find(attribute);
  CHECK(view != nullptr);
  return view->value;
}

StreamTime StreamCommand::timespec(SendAttribute attribute) const {
  const Bytes value = bytes(attribute);
  CHECK(value.size() == 12);
  return {load_le<i64>(value.data()), load_le<u32>(value.data() + 8)};
}

Reader::Reader(u32 version, u64 index, u64 offset)
    : version_(version), between_streams_(false), offset_(offset), command_count_(index) {
  CHECK(version >= 1 && version <= highest_stream_version);
}

void Reader::feed(Bytes bytes) {
  CHECK(input_.empty() || failure_);
  input_ = bytes;
}

std::optional<Bytes> Reader::peek(std::size_t size) {
  if (partial_.empty() && input_.size() >= size) return input_.first(size);
  if (partial_.size() < size) {
    const Bytes more = input_.first(std::min(size - partial_.size(), input_.size()));
    partial_.insert(partial_.end(), more.begin(), more.end());
    input_ = input_.subspan(more.size());
  }
  if (partial_.size() < size) return std::nullopt;
  return Bytes(partial_).first(size);
}

void Reader::consume(std::size_t size) {
  if (partial_.empty()) {
    input_ = input_.subspan(size);
  } else {
    CHECK(partial_.size() == size);
    partial_consumed_ = true;  // but somebody may look at them until the next call
  }
  offset_ += size;
}

Result<const StreamCommand*> Reader::next() {
  if (failure_) return *failure_;
  Result<const StreamCommand*> command = step();
  if (!command.ok()) failure_ = command.error();
  return command;
}

Result<const StreamCommand*> Reader::step() {
  if (partial_consumed_) partial_.clear();
  partial_consumed_ = false;
  if (between_streams_ && !TRY(read_stream_header())) return nullptr;
  const std::optional<Bytes> header = peek(command_header_size);
  if (!header) return nullptr;
  const u32 length = load_le<u32>(header->data());
  if (length > max_accepted_command - command_header_size) {
    return error(Code::corrupt, "command {} at offset {} of the stream says its length is {}",
                 command_count_, offset_, length);
  }
  const std::size_t size = command_header_size + length;
  const std::optional<Bytes> whole = peek(size);
  if (!whole) return nullptr;
  damaged_size_ = size;
  TRY(parse(*whole));
  damaged_size_ = 0;
  consume(size);
  ++command_count_;
  if (command_.type() == SendCommand::end) between_streams_ = true;
  return &command_;
}

const StreamCommand* Reader::pass_over() {
  if (!failure_ || damaged_size_ == 0) return nullptr;
  failure_.reset();
  consume(std::exchange(damaged_size_, 0));
  ++command_count_;
  const bool is_end = command_.type() == SendCommand::end && command_.size() == command_header_size;
  if (is_end) between_streams_ = true;
  return &command_;
}

Result<bool> Reader::read_stream_header() {
  const std::optional<Bytes> header = peek(stream_header_size);
  if (!header) return false;
  if (as_text(header->first(stream_magic.size())) != stream_magic) {
    return error(Code::corrupt, "no send stream begins at offset {}: its magic is missing",
                 offset_);
  }
  const u32 version = load_le<u32>(header->data() + stream_magic.size());
  if (version < 1 || version > highest_stream_version) {
    return error(Code::unsupported, "the stream at offset {} has version {}; up to {} is known",
                 offset_, version, highest_stream_version);
  }
  version_ = version;
  consume(stream_header_size);
  if (partial_consumed_) partial_.clear();
  partial_consumed_ = false;
  between_streams_ = false;
  return true;
}

Result<void> Reader::parse(Bytes whole) {
  command_.number_ = load_le<u16>(whole.data() + 4);
  command_.version_ = *version_;
  command_.index_ = command_count_;
  command_.offset_ = offset_;
  command_.size_ = static_cast<u32>(whole.size());
  command_.crc_ = load_le<u32>(whole.data() + crc_offset);
  const u32 crc = command_crc(whole);
  command_.has_right_crc_ = crc == command_.crc_;
  if (crc != command_.crc_) {
    return error(
        Code::corrupt,
        "command {} at offset {} of the stream is damaged: its CRC is {:08x} and says {:08x}",
        command_count_, offset_, crc, command_.crc_);
  }
  TRY(parse_attributes(whole.subspan(command_header_size)));
  return check_complete();
}

Result<void> Reader::parse_attributes(Bytes payload) {
  command_.slots_.fill(0);
  command_.attribute_count_ = 0;
  std::size_t at = 0;
  const auto damaged = [&](std::string_view what) {
    return error(Code::corrupt,
                 "command {} at offset {} of the stream, byte {} of its attributes: {}",
                 command_count_, offset_, at, what);
  };
  while (at < payload.size()) {
    if (payload.size() - at < 2) return damaged("one byte is not an attribute");
    const u16 number = load_le<u16>(payload.data() + at);
    if (number == 0 || number >= send_attribute_count) {
      return damaged(fmt::format("there is no attribute {}", number));
    }
    const auto attribute = static_cast<SendAttribute>(number);
    const AttributeInfo& info = attribute_info(attribute);
    std::size_t header_size = 2;
    std::size_t length = payload.size() - at - header_size;
    if (attribute != SendAttribute::data || *version_ < 2) {
      header_size = 4;
      if (payload.size() - at < header_size) return damaged("an attribute breaks off");
      length = load_le<u16>(payload.data() + at + 2);
      if (length > payload.size() - at - header_size) {
        return damaged(fmt::format("{} is longer than the command", info.name));
      }
    }
    if (fixed_size(info.encoding).value_or(length) != length) {
      return damaged(fmt::format("{} has {} bytes", info.name, length));
    }
    u8& slot = command_.slots_[number];
    if (slot == 0) slot = static_cast<u8>(++command_.attribute_count_);
    command_.attributes_[slot - 1u] = {attribute, offset_ + command_header_size + at,
                                       payload.subspan(at + header_size, length)};
    at += header_size + length;
  }
  return {};
}

Result<void> Reader::check_complete() const {
  if (!command_.known()) return {};
  const CommandInfo& info = command_info(command_.type());
  for (const SendAttribute attribute :
       info.attributes.first(info.attributes.size() - info.optional)) {
    if (!command_.has(attribute)) {
      return error(Code::corrupt, "{} command {} at offset {} of the stream has no {}", info.name,
                   command_count_, offset_, attribute_info(attribute).name);
    }
  }
  return {};
}

Result<void> Reader::finish() const {
  if (failure_) return *failure_;
  const bool within_unit = !input_.empty() || (!partial_.empty() && !partial_consumed_);
  if (within_unit) {
    return error(Code::corrupt, "the stream breaks off within the {} at offset {}",
                 between_streams_ ? "header" : "command", offset_);
  }
  if (between_streams_ && offset_ > 0) return {};
  if (!version_) return Error(Code::corrupt, "the stream is empty");
  return error(Code::corrupt, "the stream ends at offset {} without an END command", offset_);
}

}  // namespace canopy
