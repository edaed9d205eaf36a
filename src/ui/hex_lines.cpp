#include "ui/hex_lines.h"

#include <fmt/format.h>

#include <algorithm>

namespace canopy::ui {

std::vector<std::string> hex_lines(Bytes bytes, u64 address, std::size_t per_line) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < bytes.size(); at += per_line) {
    const Bytes part = bytes.subspan(at, std::min(per_line, bytes.size() - at));
    std::string line = fmt::format("{:08x} ", address + at);
    for (std::size_t i = 0; i < per_line; i++)
      line += i < part.size() ? fmt::format(" {:02x}", part[i]) : "   ";
    line += "  ";
    for (const u8 byte : part)
      line += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace canopy::ui
