#include "tree/repairs.h"

#include <fmt/format.h>

#include <iterator>

namespace canopy {

std::string BadCopy::to_string() const {
  return fmt::format("device {} at {}: {} of address {}, mirror {}, {} bytes: {}", devid, physical,
                     is_data ? "data" : "tree block", address, mirror, length, reason);
}

void Repairs::add(const Volume& volume, u64 address, u64 length, u32 mirror, bool is_data,
                  std::string reason) {
  const auto places = volume.map(address, length, mirror);
  // Of the copies of a parity profile only the first lies anywhere; the others are made from what
  // lies elsewhere.
  if (!places.ok() || places.value().empty() || places.value()[0].device == nullptr) return;
  BadCopy copy{
      address, length,           mirror, places.value()[0].devid, places.value()[0].physical,
      is_data, std::move(reason)};
  std::scoped_lock hold(mutex_);
  auto next = copies_.upper_bound({mirror, address});
  if (next != copies_.begin()) {
    BadCopy& before = std::prev(next)->second;
    if (before.mirror == mirror && address < before.address + before.length) return;
    if (is_data && before.is_data && before.mirror == mirror && before.devid == copy.devid &&
        before.address + before.length == address &&
        before.physical + before.length == copy.physical && before.reason == copy.reason) {
      before.length += length;
      count_++;
      return;
    }
  }
  count_++;
  if (copies_.size() < MOST_KEPT)
    copies_.emplace_hint(next, std::pair(mirror, address), std::move(copy));
}

void Repairs::add(const Volume& volume, u64 address, u64 length, bool is_data, Tried tried) {
  for (auto& [mirror, reason] : tried)
    add(volume, address, length, mirror, is_data, std::move(reason));
}

std::vector<BadCopy> Repairs::copies() const {
  std::scoped_lock hold(mutex_);
  std::vector<BadCopy> all;
  all.reserve(copies_.size());
  for (const auto& [place, copy] : copies_)
    all.push_back(copy);
  return all;
}

u64 Repairs::count() const {
  std::scoped_lock hold(mutex_);
  return count_;
}

}  // namespace canopy
