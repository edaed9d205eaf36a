#include "report/size_text.h"

#include <fmt/format.h>

namespace canopy {

std::string size_text(u64 bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  u64 last = bytes;
  u64 whole = bytes;
  // The last division is made in floating point, for two decimals.
  for (; whole >= 1024; whole /= 1024) {
    last = whole;
    ++unit;
  }
  return fmt::format("{:.2f}{}",
                     unit == 0 ? static_cast<double>(bytes) : static_cast<double>(last) / 1024,
                     units[unit]);
}

}  // namespace canopy
