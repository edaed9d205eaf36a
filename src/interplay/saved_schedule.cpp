#include "interplay/saved_schedule.h"

#include <charconv>

namespace canopy {
namespace {

constexpr std::string_view title = "canopy schedule 1";
constexpr std::size_t words_in_a_line = 4;

// The line that `text` begins with, taken from it.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

}  // namespace

std::string SavedSchedule::text() const {
  std::string text = std::string(title) + "\n";
  for (const auto& [name, value] : settings)
    text += fmt::format("{} {}\n", name, value);
  text += "\n";
  std::size_t words = 0;
  for (const char c : choices) {
    const bool at_end = c == ' ' && ++words % words_in_a_line == 0;
    text += at_end ? '\n' : c;
  }
  return text + "\n";
}

Result<SavedSchedule> SavedSchedule::parse(std::string_view text) {
  if (take_line(text) != title)
    return error(Code::invalid, "this is no schedule: it should begin with \"{}\"", title);
  SavedSchedule saved;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const std::size_t blank = std::min(line.find(' '), line.size());
    saved.settings[std::string(line.substr(0, blank))] =
        line.substr(std::min(blank + 1, line.size()));
  }
  for (const char c : text)
    if (c != '\r') saved.choices += c;
  return saved;
}

std::string SavedSchedule::setting(const std::string& name, const std::string& otherwise) const {
  auto found = settings.find(name);
  return found == settings.end() ? otherwise : found->second;
}

Result<u64> SavedSchedule::number(const std::string& name, u64 otherwise) const {
  auto found = settings.find(name);
  if (found == settings.end()) return otherwise;
  const std::string& value = found->second;
  u64 number = 0;
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (wrong != std::errc() || end != value.data() + value.size())
    return error(Code::invalid, "schedule: {} is \"{}\", which is no number", name, value);
  return number;
}

}  // namespace canopy
