#include "ui/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <vector>

#include "base/json.h"

namespace canopy::ui {

namespace {

std::string grouped_with(u64 value, std::string_view separator) {
  const std::string digits = fmt::format("{}", value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); i++) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += separator;
    text += digits[i];
  }
  return text;
}

constexpr std::string_view thin_space = "\xe2\x80\xaf";  // U+202F
constexpr std::string_view dash = "\xe2\x80\x93";
constexpr std::string_view ellipsis = "\xe2\x80\xa6";

}  // namespace

std::string grouped(u64 value) { return grouped_with(value, thin_space); }

std::string grouped_mono(u64 value) { return grouped_with(value, " "); }

std::string size_text(u64 bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  static constexpr std::array<const char*, 6> units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 999.5 and above would be printed with four digits.
  while (value >= 1023.5 && unit + 1 < units.size()) {
    value /= 1024;
    unit++;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  if (value == std::floor(value)) return fmt::format("{:.0f} {}", value, units[unit]);
  return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

std::string exact_bytes_text(u64 bytes) { return count_text(bytes, "byte", "bytes"); }

std::string rate_text(double bytes_per_second) {
  if (!(bytes_per_second > 0)) return std::string(dash);
  return size_text(static_cast<u64>(bytes_per_second)) + "/s";
}

std::string duration_text(double seconds) {
  if (!(seconds >= 0)) return std::string(dash);
  if (seconds < 1) return "under a second";
  const u64 whole = static_cast<u64>(std::llround(std::min(seconds, 1e15)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

std::string count_text(u64 count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", grouped(count), count == 1 ? singular : plural);
}

std::string uuid_text(const u8* uuid) {
  if (std::all_of(uuid, uuid + 16, [](u8 byte) { return byte == 0; })) return "none";
  std::string text;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", uuid[i]);
  }
  return text;
}

std::string time_text(i64 seconds_since_epoch) {
  if (seconds_since_epoch == 0) return std::string(dash);
  const auto time = static_cast<std::time_t>(seconds_since_epoch);
  std::tm parts{};
  if (static_cast<i64>(time) != seconds_since_epoch || gmtime_r(&time, &parts) == nullptr) {
    return fmt::format("{} s", seconds_since_epoch);
  }
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string shown_name(std::string_view name) {
  std::string text;
  while (!name.empty()) {
    const std::size_t length = utf8_sequence_length(name);
    const u8 first = static_cast<u8>(name[0]);
    if (length == 0 || first < 0x20 || first == 0x7f) {
      text += fmt::format("\\x{:02x}", first);
      name.remove_prefix(1);
    } else {
      text += name.substr(0, length);
      name.remove_prefix(length);
    }
  }
  return text;
}

std::string cut_middle(std::string_view text, std::size_t max_characters) {
  std::vector<std::string_view> characters;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = std::max<std::size_t>(1, utf8_sequence_length(rest));
    characters.push_back(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  if (characters.size() <= max_characters || max_characters < 2) return std::string(text);
  const std::size_t head = (max_characters - 1) / 2;
  const std::size_t tail = max_characters - 1 - head;
  std::string cut;
  for (std::size_t i = 0; i < head; i++)
    cut += characters[i];
  cut += ellipsis;
  for (std::size_t i = characters.size() - tail; i < characters.size(); i++)
    cut += characters[i];
  return cut;
}

}  // namespace canopy::ui
