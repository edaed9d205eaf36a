#include "report/time_text.h"

#include <fmt/format.h>

#include <ctime>

namespace canopy {

std::string local_time_text(const Timespec& time, TimeZone zone) {
  const auto seconds = static_cast<std::time_t>(time.sec.value());
  if (seconds == 0) return "-";
  std::tm parts{};
  // An image may hold years that no calendar has.
  if (localtime_r(&seconds, &parts) == nullptr) return fmt::to_string(seconds);
  char text[128];
  const std::size_t length = zone == TimeZone::shown
                                 ? std::strftime(text, sizeof text, "%Y-%m-%d %X %z", &parts)
                                 : std::strftime(text, sizeof text, "%Y-%m-%d %X", &parts);
  return std::string(text, length);
}

}  // namespace canopy
