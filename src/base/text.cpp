#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace canopy {
namespace {

// What follows the backslash in the escape of `c`; 0 for a character without such an escape.
char escape_letter(char c) {
  switch (c) {
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\x1b':
      return 'e';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\v':
      return 'v';
    case ' ':
    case '\\':
      return c;
    default:
      return 0;
  }
}

}  // namespace

std::string uuid_text(std::span<const u8, 16> uuid) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[uuid[i] >> 4];
    text += digits[uuid[i] & 15];
  }
  return text;
}

bool is_null_uuid(std::span<const u8, 16> uuid) {
  return std::all_of(uuid.begin(), uuid.end(), [](u8 byte) { return byte == 0; });
}

void append_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    const auto byte = static_cast<u8>(c);
    if (const char letter = escape_letter(c); letter != 0) {
      out += '\\';
      out += letter;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\{:03o}", byte);
    }
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(text, out);
  return out;
}

}  // namespace canopy
