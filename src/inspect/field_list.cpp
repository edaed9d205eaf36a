#include "inspect/field_list.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"

namespace canopy {

void FieldList::line(u8 tabs) { tabs_.push_back(tabs); }

Field& FieldList::add(std::string name, std::string value, u32 at, u32 size, std::string dump) {
  const u32 there = this->size();
  Field& field = fields_.emplace_back();
  field.name = std::move(name);
  field.value = std::move(value);
  field.offset = base_ + std::min(at, there);
  field.size = at < there ? std::min(size, there - at) : 0;
  field.depth = depth_;
  field.dump = std::move(dump);
  field.line = tabs_.empty() ? 0 : static_cast<u32>(tabs_.size() - 1);
  return field;
}

void FieldList::words(std::string text) { add({}, {}, 0, 0, std::move(text)); }

void FieldList::open(std::string name, u32 at, u32 size) {
  add(std::move(name), {}, at, size).is_group = true;
  ++depth_;
}

void FieldList::close() { --depth_; }

Bytes FieldList::slice(u32 at, u64 length) {
  if (at + length > size()) too_short_ = true;
  if (at >= size()) return {};
  return item_.subspan(at, static_cast<std::size_t>(std::min<u64>(length, size() - at)));
}

void FieldList::append_dump(std::string& out) const {
  std::size_t next = 0;
  for (u32 line = 0; line < tabs_.size(); ++line) {
    out.append(tabs_[line], '\t');
    bool first = true;
    for (; next < fields_.size() && fields_[next].line == line; ++next) {
      if (fields_[next].dump.empty()) continue;
      if (!first) out += ' ';
      out += fields_[next].dump;
      first = false;
    }
    out += '\n';
  }
}

std::string hex_text(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (u8 byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string seconds_text(u64 seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  // An image may hold years that no calendar has.
  if (localtime_r(&time, &parts) == nullptr) return "no date";
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts));
}

std::string time_text(const Timespec& time) {
  return fmt::format("{}.{} ({})", time.sec.value(), time.nsec.value(), seconds_text(time.sec));
}

std::string flags_text(u64 flags, std::span<const FlagName> names) {
  std::string text;
  for (const FlagName& entry : names) {
    if ((flags & entry.flag) == 0) continue;
    if (!text.empty()) text += '|';
    text += entry.name;
    flags &= ~entry.flag;
  }
  if (flags != 0) text += fmt::format("{}UNKNOWN: {:#x}", text.empty() ? "" : "|", flags);
  return text;
}

std::string uuid_field_text(const u8* uuid) { return uuid_text(std::span<const u8, 16>(uuid, 16)); }

}  // namespace canopy
