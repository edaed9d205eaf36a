#include "session/command_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "stream/reader.h"

namespace canopy {

namespace {

std::string time_text(const StreamTime& time) {
  const auto when = static_cast<std::time_t>(time.sec);
  std::tm parts{};
  if (static_cast<i64>(when) != time.sec || gmtime_r(&when, &parts) == nullptr) {
    return fmt::format("{}.{:09}", time.sec, time.nsec);
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     time.nsec);
}

void put_field(Inspection& inspection, std::string_view name, std::string value, u32 offset,
               u32 size) {
  Field& field = inspection.fields.emplace_back();
  field.name = name;
  field.value = std::move(value);
  field.offset = offset;
  field.size = size;
}

std::string value_text(const StreamCommand& command, const AttributeView& view) {
  switch (attribute_info(view.attribute).encoding) {
    case AttributeEncoding::number8:
    case AttributeEncoding::number32:
    case AttributeEncoding::number64: {
      const u64 value = command.number(view.attribute);
      return view.attribute == SendAttribute::mode ? fmt::format("0{:o}", value)
                                                   : fmt::format("{}", value);
    }
    case AttributeEncoding::uuid:
      return uuid_text(command.uuid(view.attribute));
    case AttributeEncoding::timespec:
      return time_text(command.timespec(view.attribute));
    case AttributeEncoding::text:
      return to_valid_utf8(as_text(view.value));
    case AttributeEncoding::binary:
      return fmt::format("{} bytes", view.value.size());
  }
  return "";
}

Result<std::vector<u8>> read_command(const CommandSource& source, const CommandPlace& place) {
  std::vector<u8> bytes(place.size);
  TRY(source.read_stream(place.offset, bytes));
  return bytes;
}

// The path that a row shows in its own column.
constexpr bool is_subject(SendAttribute attribute) { return attribute == SendAttribute::path; }

}  // namespace

CommandRow read_command_row(const CommandSource& source, const CommandPlace& place) {
  CommandRow row;
  row.place = place;
  row.name = place.number < send_command_count
                 ? std::string(command_info(static_cast<SendCommand>(place.number)).name)
                 : fmt::format("command {}", place.number);
  auto bytes = read_command(source, place);
  if (!bytes.ok()) {
    row.details = bytes.error().to_string();
    return row;
  }
  Reader reader(std::clamp<u32>(place.version, 1, highest_stream_version), place.index,
                place.offset);
  reader.feed(bytes.value());
  auto command = reader.next();
  if (!command.ok() || command.value() == nullptr) {
    row.details = command.ok() ? "not whole" : command.error().to_string();
    return row;
  }
  for (const AttributeView& view : command.value()->attributes()) {
    const std::string value = value_text(*command.value(), view);
    if (is_subject(view.attribute)) {
      row.path = value;
    } else {
      row.details += fmt::format("{}{}={}", row.details.empty() ? "" : "  ",
                                 attribute_info(view.attribute).name, value);
    }
  }
  return row;
}

Inspection inspect_command(const CommandSource& source, u64 index) {
  Inspection inspection;
  const std::vector<CommandPlace> places = source.index().places(index, 1);
  if (places.empty()) return inspection;
  const CommandPlace& place = places[0];
  const CommandRow row = read_command_row(source, place);
  inspection.title = row.name;
  inspection.subtitle = row.path;
  inspection.facts = {{"Command", fmt::format("{}", place.index)},
                      {"Offset", fmt::format("{} of the stream", place.offset)},
                      {"Size", fmt::format("{} bytes", place.size)}};
  inspection.base = place.offset;
  auto bytes = read_command(source, place);
  if (!bytes.ok()) {
    inspection.facts.push_back({"Problem", bytes.error().to_string()});
    return inspection;
  }
  inspection.bytes = std::move(bytes).value();
  const u8* header = inspection.bytes.data();
  put_field(inspection, "len", fmt::format("{}", load_le<u32>(header)), 0, 4);
  put_field(inspection, "cmd", fmt::format("{} ({})", load_le<u16>(header + 4), row.name), 4, 2);
  put_field(inspection, "crc", fmt::format("0x{:08x}", load_le<u32>(header + 6)), 6, 4);
  Reader reader(std::clamp<u32>(place.version, 1, highest_stream_version), place.index,
                place.offset);
  reader.feed(inspection.bytes);
  auto command = reader.next();
  if (!command.ok()) inspection.facts.push_back({"Problem", command.error().to_string()});
  if (!command.ok() || command.value() == nullptr) return inspection;
  for (const AttributeView& view : command.value()->attributes()) {
    const auto value_at = static_cast<u32>(view.value.data() - inspection.bytes.data());
    const auto begin = static_cast<u32>(view.offset - place.offset);
    put_field(inspection, attribute_info(view.attribute).name, value_text(*command.value(), view),
              begin, value_at + static_cast<u32>(view.value.size()) - begin);
  }
  return inspection;
}

struct CommandRows::Shared {
  std::shared_ptr<CommandSource> source;
  std::optional<SendCommand> kind;
  std::function<void()> changed;

  std::mutex mutex;
  struct Page {
    std::shared_ptr<std::vector<CommandRow>> rows;  // nullptr while they are being read
    u64 used = 0;
  };
  std::unordered_map<u64, Page> pages;
  u64 clock = 0;

  void load(u64 page) {
    const auto places = kind ? source->index().places_of(*kind, page * page_size, page_size)
                             : source->index().places(page * page_size, page_size);
    auto rows = std::make_shared<std::vector<CommandRow>>();
    const u64 stored = source->stored_bytes();
    for (const CommandPlace& place : places) {
      if (place.offset + place.size > stored) break;
      rows->push_back(read_command_row(*source, place));
    }
    {
      std::lock_guard lock(mutex);
      pages[page].rows = std::move(rows);
    }
    changed();
  }
  void drop_oldest() {
    auto oldest = pages.end();
    for (auto it = pages.begin(); it != pages.end(); ++it) {
      if (it->second.rows == nullptr) continue;
      if (oldest == pages.end() || it->second.used < oldest->second.used) oldest = it;
    }
    if (oldest != pages.end()) pages.erase(oldest);
  }
};

CommandRows::CommandRows() = default;
CommandRows::~CommandRows() = default;

void CommandRows::show(std::shared_ptr<CommandSource> source, std::optional<SendCommand> kind,
                       std::function<void()> changed) {
  if (shared_ != nullptr && shared_->source == source && shared_->kind == kind) return;
  if (loader_ == nullptr) loader_ = std::make_unique<Loader>(16);
  shared_ = std::make_shared<Shared>();
  shared_->source = std::move(source);
  shared_->kind = kind;
  shared_->changed = std::move(changed);
}

u64 CommandRows::count() const {
  if (shared_ == nullptr || shared_->source == nullptr) return 0;
  const CommandIndex& index = shared_->source->index();
  return shared_->kind ? index.counts()[static_cast<u16>(*shared_->kind)] : index.count();
}

const CommandRow* CommandRows::find(u64 row) {
  if (shared_ == nullptr || shared_->source == nullptr) return nullptr;
  const u64 page = row / page_size;
  {
    std::lock_guard lock(shared_->mutex);
    auto [found, is_new] = shared_->pages.try_emplace(page);
    found->second.used = ++shared_->clock;
    if (!is_new) {
      held_ = found->second.rows;
      if (held_ == nullptr) return nullptr;
      if (row % page_size < held_->size()) return &(*held_)[row % page_size];
      // There were fewer commands when the page was read.
      found->second.rows = nullptr;
    } else if (shared_->pages.size() > page_limit) {
      shared_->drop_oldest();
    }
  }
  loader_->ask([shared = shared_, page] { shared->load(page); },
               [shared = shared_, page] {
                 std::lock_guard lock(shared->mutex);
                 shared->pages.erase(page);
               });
  return nullptr;
}

struct CommandInspector::Shared {
  std::mutex mutex;
  std::weak_ptr<CommandSource> source;
  u64 index = 0;
  std::shared_ptr<const Inspection> inspection;
};

CommandInspector::CommandInspector() = default;
CommandInspector::~CommandInspector() = default;

std::shared_ptr<const Inspection> CommandInspector::find(
    const std::shared_ptr<CommandSource>& source, u64 index, std::function<void()> changed) {
  if (loader_ == nullptr) {
    loader_ = std::make_unique<Loader>(4);
    shared_ = std::make_shared<Shared>();
  }
  {
    std::lock_guard lock(shared_->mutex);
    if (shared_->source.lock() == source && shared_->index == index) return shared_->inspection;
    shared_->source = source;
    shared_->index = index;
    shared_->inspection = nullptr;
  }
  loader_->ask([shared = shared_, source, index, changed = std::move(changed)] {
    auto inspection = std::make_shared<const Inspection>(inspect_command(*source, index));
    {
      std::lock_guard lock(shared->mutex);
      if (shared->source.lock() == source && shared->index == index) {
        shared->inspection = std::move(inspection);
      }
    }
    changed();
  });
  return nullptr;
}

}  // namespace canopy
