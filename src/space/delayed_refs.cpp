#include "space/delayed_refs.h"

#include "base/check.h"

namespace canopy {

void DelayedRefs::insert_tree_block(u64 bytenr, u32 nodesize, u64 generation, u8 level,
                                    const Key& first_key, const Backref& ref) {
  DelayedRef& entry = by_bytenr_[bytenr];
  // An address whose removal still waits is not free yet: change() said so.
  CHECK(entry.changes.empty() && !entry.insert);
  entry = {bytenr, nodesize, false, true, generation, level, first_key, {}, false};
  entry.changes[ref] = 1;
}

DelayedRef& DelayedRefs::entry_of(u64 bytenr, u64 num_bytes, bool is_data) {
  auto [place, fresh] = by_bytenr_.try_emplace(bytenr);
  DelayedRef& entry = place->second;
  if (fresh) {
    entry.bytenr = bytenr;
    entry.num_bytes = num_bytes;
    entry.is_data = is_data;
  }
  CHECK(entry.num_bytes == num_bytes && entry.is_data == is_data);
  return entry;
}

void DelayedRefs::set_full_backref(u64 bytenr, u32 nodesize) {
  DelayedRef& entry = entry_of(bytenr, nodesize, false);
  CHECK(!entry.insert);
  entry.full_backref = true;
}

const DelayedRef* DelayedRefs::find(u64 bytenr) const {
  auto found = by_bytenr_.find(bytenr);
  return found == by_bytenr_.end() ? nullptr : &found->second;
}

bool DelayedRefs::change(u64 bytenr, u64 num_bytes, bool is_data, const Backref& ref, i64 delta) {
  DelayedRef& entry = entry_of(bytenr, num_bytes, is_data);
  auto [change, added] = entry.changes.try_emplace(ref, 0);
  change->second += delta;
  if (change->second == 0) entry.changes.erase(change);
  if (!entry.changes.empty() || entry.full_backref) return false;
  bool was_new = entry.insert;
  by_bytenr_.erase(bytenr);
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
