#include "space/delayed_refs.h"

#include "base/check.h"

namespace canopy {

void DelayedRefs::insert_tree_block(u64 bytenr, u32 nodesize, u64 generation, u8 level,
                                    const Key& first_key, const Backref& ref) {
  DelayedRef& entry = by_bytenr_[bytenr];
  // An address whose removal still waits is not free yet: change() said so.
  CHECK(entry.changes.empty() && !entry.insert);
  entry = {bytenr, nodesize, false, true, generation, level, first_key, {}};
  entry.changes[ref] = 1;
}

bool DelayedRefs::change(u64 bytenr, u64 num_bytes, bool is_data, const Backref& ref, i64 delta) {
  auto [place, fresh] = by_bytenr_.try_emplace(bytenr);
  DelayedRef& entry = place->second;
  if (fresh) {
    entry.bytenr = bytenr;
    entry.num_bytes = num_bytes;
    entry.is_data = is_data;
  }
  CHECK(entry.num_bytes == num_bytes && entry.is_data == is_data);
  auto [change, added] = entry.changes.try_emplace(ref, 0);
  change->second += delta;
  if (change->second == 0) entry.changes.erase(change);
  if (!entry.changes.empty()) return false;
  bool was_new = entry.insert;
  by_bytenr_.erase(place);
  return was_new;
}

std::optional<DelayedRef> DelayedRefs::take_first() {
  if (by_bytenr_.empty()) return std::nullopt;
  auto first = by_bytenr_.begin();
  DelayedRef entry = std::move(first->second);
  by_bytenr_.erase(first);
  return entry;
}

}  // namespace canopy
