#include "base/range_set.h"

#include <algorithm>

namespace canopy {

void RangeSet::add(u64 start, u64 length) {
  if (length == 0) return;
  u64 end = start + length;
  CHECK(end > start);
  auto run = runs_.upper_bound(start);
  if (run != runs_.begin() && std::prev(run)->second >= start) --run;
  while (run != runs_.end() && run->first <= end) {
    start = std::min(start, run->first);
    end = std::max(end, run->second);
    total_ -= run->second - run->first;
    run = runs_.erase(run);
  }
  runs_.emplace_hint(run, start, end);
  total_ += end - start;
}

void RangeSet::remove(u64 start, u64 length) {
  if (length == 0) return;
  u64 end = start + length;
  auto run = runs_.upper_bound(start);
  if (run != runs_.begin() && std::prev(run)->second > start) --run;
  while (run != runs_.end() && run->first < end) {
    u64 run_start = run->first, run_end = run->second;
    run = runs_.erase(run);
    total_ -= run_end - run_start;
    if (run_start < start) {
      runs_.emplace(run_start, start);
      total_ += start - run_start;
    }
    if (run_end > end) {
      run = runs_.emplace(end, run_end).first;
      total_ += run_end - end;
      break;
    }
  }
}

bool RangeSet::contains(u64 start, u64 length) const {
  auto run = runs_.upper_bound(start);
  return run != runs_.begin() && std::prev(run)->second >= start + length;
}

bool RangeSet::intersects(u64 start, u64 length) const {
  auto run = runs_.lower_bound(start + length);
  return run != runs_.begin() && std::prev(run)->second > start;
}

std::optional<u64> RangeSet::find(u64 from, u64 length, u64 alignment, u64 boundary) const {
  CHECK(length > 0 && alignment > 0 && (boundary == 0 || length <= boundary));
  auto run = runs_.upper_bound(from);
  if (run != runs_.begin()) --run;
  for (; run != runs_.end(); ++run) {
    u64 at = std::max(run->first, from);
    while (at < run->second) {
      u64 past = at % alignment;
      if (past != 0) at += alignment - past;
      if (boundary == 0 || at / boundary == (at + length - 1) / boundary) break;
      at = (at / boundary + 1) * boundary;
    }
    if (at < run->second && run->second - at >= length) return at;
  }
  return std::nullopt;
}

}  // namespace canopy
