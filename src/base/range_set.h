// A set of addresses as disjoint runs, never touching each other: free space, pinned space, what of
// a file was written.
#pragma once

#include <map>
#include <optional>

#include "base/check.h"
#include "base/types.h"

namespace canopy {

class RangeSet {
 public:
  using Map = std::map<u64, u64>;  // start -> end

  // Adds [start, start + length); what is in the set already stays in it.
  void add(u64 start, u64 length);
  // Takes [start, start + length) out; what is not in the set stays out.
  void remove(u64 start, u64 length);
  void clear() { runs_.clear(), total_ = 0; }

  bool contains(u64 start, u64 length) const;
  // Whether any address of [start, start + length) is in the set.
  bool intersects(u64 start, u64 length) const;
  bool empty() const { return runs_.empty(); }
  u64 total_bytes() const { return total_; }
  const Map& runs() const { return runs_; }

  // The lowest address >= `from` that is a multiple of `alignment` and starts `length` bytes of the
  // set; with `boundary` > 0 these bytes do not cross a multiple of it.
  // REQUIRES: 0 < length, and length <= boundary if there is one.
  std::optional<u64> find(u64 from, u64 length, u64 alignment, u64 boundary = 0) const;

 private:
  Map runs_;
  u64 total_ = 0;
};

}  // namespace canopy
