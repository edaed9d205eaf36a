#include "concurrency/protections.h"

#include <array>

namespace canopy {

std::string_view protection_name(Protection protection) {
  static constexpr std::array<std::string_view, PROTECTIONS> names = {
      "leaf_clones", "restart", "semaphore", "pinning", "revalidation", "release_before_callback",
  };
  return names[static_cast<u32>(protection)];
}

std::optional<Protection> protection_named(std::string_view name) {
  for (u32 i = 0; i < PROTECTIONS; ++i)
    if (protection_name(static_cast<Protection>(i)) == name) return static_cast<Protection>(i);
  return std::nullopt;
}

}  // namespace canopy
