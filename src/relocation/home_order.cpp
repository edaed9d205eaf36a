#include "relocation/home_order.h"

#include <algorithm>

namespace canopy {

void HomeOrder::moved(const std::unordered_map<u64, u64>& names, const std::map<u64, u8>& levels) {
  std::vector<std::pair<u64, Home>> now;
  for (const auto& [from, to] : names)
    now.emplace_back(to, Home{home_of(from), levels.at(from)});
  for (const auto& [from, to] : names)
    homes_.erase(from);
  for (const auto& [to, home] : now)
    if (to != home.bytenr) homes_.insert_or_assign(to, home);
}

std::vector<u64> HomeOrder::away(u8 level, u64 first, u64 last) const {
  std::vector<u64> blocks;
  for (const auto& [bytenr, home] : homes_)
    if (home.level == level && home.bytenr >= first && home.bytenr <= last)
      blocks.push_back(bytenr);
  std::ranges::sort(blocks, {}, [&](u64 bytenr) { return home_of(bytenr); });
  return blocks;
}

}  // namespace canopy
