#include "tree/kept_blocks.h"

#include <algorithm>

#include "trace/trace.h"

namespace canopy {

void KeptBlocks::add(const BlockRef& clone, u64 name, u64 transid) {
  const u64 now = trace_time();
  std::scoped_lock hold(mutex_);
  Place* free = &places_[0];
  for (Place& place : places_) {
    if (place.clone.expired()) {
      free = &place;
      break;
    }
    if (place.number < free->number) free = &place;
  }
  *free = {clone, name, transid, now, ++last_number_};
}

std::vector<KeptBlocks::Kept> KeptBlocks::list() const {
  std::vector<std::pair<u64, Kept>> found;
  {
    std::scoped_lock hold(mutex_);
    for (const Place& place : places_)
      if (BlockRef clone = place.clone.lock())
        found.push_back(
            {place.number, {std::move(clone), place.name, place.transid, place.cloned_ns}});
  }
  std::ranges::sort(found, {}, [](const auto& entry) { return entry.first; });
  std::vector<Kept> kept;
  for (auto& [number, entry] : found)
    kept.push_back(std::move(entry));
  return kept;
}

}  // namespace canopy
