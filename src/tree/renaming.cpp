#include "tree/renaming.h"

#include <utility>
#include <vector>

namespace canopy {

void Renaming::apply(const std::map<u64, u64>& moves) {
  std::vector<std::pair<u64, u64>> named;  // name, new address
  named.reserve(moves.size());
  for (const auto& [from, to] : moves)
    named.emplace_back(name_of(from), to);
  for (const auto& [from, to] : moves)
    name_of_.erase(from);
  for (const auto& [name, address] : named) {
    if (name == address) {
      name_of_.erase(address);
      address_of_.erase(name);
    } else {
      name_of_[address] = name;
      address_of_[name] = address;
    }
  }
}

// What lay there before is gone, whatever its name was. (If it had one that is still listed, nobody
// asks for it; but it is not given again.)
void Renaming::create(u64 address) {
  name_of_.erase(address);
  auto found = address_of_.find(address);
  if (found == address_of_.end()) return;
  name_of_[address] = next_name_;
  address_of_[next_name_] = address;
  ++next_name_;
}

}  // namespace canopy
