#include "base/text.h"

#include <algorithm>

namespace canopy {

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

}  // namespace canopy
