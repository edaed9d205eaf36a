#include "concurrency/protections.h"

#include <array>

namespace canopy {

std::string_view protection_name(Protection protection) {
  static constexpr std::array<std::string_view, PROTECTIONS> names = {
      "leaf_clones", "restart", "semaphore", "pinning", "revalidation", "release_before_callback",
  };
  return names[static_cast<u32>(protection)];
}

}  // namespace canopy
