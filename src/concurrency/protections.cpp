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

std::string Protections::left_out() const {
  std::string names;
  for (u32 i = 0; i < PROTECTIONS; ++i) {
    if (has(static_cast<Protection>(i))) continue;
    if (!names.empty()) names += ',';
    names += protection_name(static_cast<Protection>(i));
  }
  return names;
}

Result<Protections> Protections::without(std::string_view names) {
  Protections protections;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    const auto protection = protection_named(names.substr(0, end));
    if (!protection) return error(Code::invalid, "there is no protection {}", names.substr(0, end));
    protections.leave_out(*protection);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return protections;
}

}  // namespace canopy
