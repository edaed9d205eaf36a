// Builds the fields of one item, line by line of its dump. The item's bytes are hostile: what lies
// behind their end reads as zeros, and the first such read is noted (too_short).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "inspect/field.h"
#include "ondisk/inode_item.h"

namespace canopy {

class FieldList {
 public:
  // `item` lies at `base` in its block. Both are borrowed.
  FieldList(const FieldContext& context, Bytes item, u32 base)
      : context_(context), item_(item), base_(base) {}

  const FieldContext& context() const { return context_; }
  Bytes item() const { return item_; }
  u32 size() const { return static_cast<u32>(item_.size()); }
  bool too_short() const { return too_short_; }

  // The dump goes on on a new line.
  void line(u8 tabs = 2);
  // Words of the dump that are no field.
  void words(std::string text);
  // A field at `at` in the item; `dump` are its words.
  Field& add(std::string name, std::string value, u32 at, u32 size, std::string dump = {});
  // A field that only the inspector shows.
  Field& quiet(std::string name, std::string value, u32 at, u32 size) {
    return add(std::move(name), std::move(value), at, size);
  }
  // Fields until close() lie in the group.
  void open(std::string name, u32 at, u32 size);
  void close();

  // Bytes of the item, with zeros for what it does not have; it need have only the first `needed`.
  template <typename S>
  S load(u32 at, u32 needed = sizeof(S)) {
    S value{};
    if (at < size()) {
      const std::size_t there = std::min<std::size_t>(sizeof value, size() - at);
      std::memcpy(static_cast<void*>(&value), item_.data() + at, there);
    }
    if (u64{at} + needed > size()) too_short_ = true;
    return value;
  }
  // The part of [at, at + length) that the item has.
  Bytes slice(u32 at, u64 length);

  const std::vector<Field>& fields() const { return fields_; }
  std::vector<Field> take() { return std::move(fields_); }
  // Appends the lines.
  void append_dump(std::string& out) const;

 private:
  const FieldContext& context_;
  Bytes item_;
  u32 base_;
  bool too_short_ = false;
  u8 depth_ = 0;
  std::vector<Field> fields_;
  std::vector<u8> tabs_;  // of each line
};

// Texts of values, as btrfs-progs prints them.
std::string hex_text(Bytes bytes);
std::string time_text(const Timespec& time);  // "1763.5 (2026-11-22 12:54:26)"
std::string seconds_text(u64 seconds);        // "2026-11-22 12:54:26"
struct FlagName {
  u64 flag;
  const char* name;
};
// "A|B|UNKNOWN: 0x8", empty for 0.
std::string flags_text(u64 flags, std::span<const FlagName> names);

// The fields of one struct at a place of the item.
template <typename S>
class StructFields {
 public:
  StructFields(FieldList& list, u32 at, u32 needed = sizeof(S))
      : list_(list), at_(at), value_(list.load<S>(at, needed)) {}

  const S& value() const { return value_; }

  // Printed as "label value"; the label is the name unless btrfs-progs has another word.
  template <typename T>
  Field& number(T S::* member, const char* name, const char* label = nullptr) {
    const auto text = fmt::to_string(value_of(member));
    return put(member, name, text, fmt::format("{} {}", label == nullptr ? name : label, text));
  }
  template <typename T>
  Field& link(T S::* member, FieldLink kind, const char* name, const char* label = nullptr) {
    return linked(number(member, name, label), kind, value_of(member));
  }
  // Not printed in the dump.
  template <typename T>
  Field& quiet(T S::* member, const char* name) {
    return put(member, name, fmt::to_string(value_of(member)), {});
  }
  // Printed as "name text".
  template <typename T>
  Field& text(T S::* member, const char* name, const std::string& text,
              const char* label = nullptr) {
    return put(member, name, text, fmt::format("{} {}", label == nullptr ? name : label, text));
  }
  template <typename T>
  Field& custom(T S::* member, const char* name, std::string value, std::string dump) {
    return put(member, name, std::move(value), std::move(dump));
  }
  Field& uuid(u8 (S::*member)[16], const char* name, const char* label = nullptr);
  Field& time(Timespec S::* member, const char* name) {
    return text(member, name, time_text(value_.*member));
  }
  // Printed as "label key (256 INODE_ITEM 0)".
  Field& key(DiskKey S::* member, const char* name, const char* label);

  static Field& linked(Field& field, FieldLink kind, u64 target) {
    field.link = kind;
    field.target = target;
    return field;
  }

  // Where a member lies in the item.
  template <typename T>
  u32 at(T S::* member) const {
    return at_ + static_cast<u32>(reinterpret_cast<const u8*>(&(value_.*member)) -
                                  reinterpret_cast<const u8*>(&value_));
  }

 private:
  template <typename T>
  auto value_of(T S::* member) const {
    if constexpr (std::is_same_v<T, u8>)
      return static_cast<u32>(value_.*member);
    else
      return (value_.*member).value();
  }
  template <typename T>
  Field& put(T S::* member, const char* name, std::string value, std::string dump) {
    return list_.add(name, std::move(value), at(member), sizeof(T), std::move(dump));
  }

  FieldList& list_;
  u32 at_;
  S value_;
};

std::string uuid_field_text(const u8* uuid);

template <typename S>
Field& StructFields<S>::uuid(u8 (S::*member)[16], const char* name, const char* label) {
  const std::string text = uuid_field_text(value_.*member);
  return list_.add(name, text, at(member), 16,
                   fmt::format("{} {}", label == nullptr ? name : label, text));
}

template <typename S>
Field& StructFields<S>::key(DiskKey S::* member, const char* name, const char* label) {
  const std::string text = key_text((value_.*member).decode());
  return list_.add(name, text, at(member), sizeof(DiskKey), fmt::format("{} key {}", label, text));
}

}  // namespace canopy
