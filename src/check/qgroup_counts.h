// What quota groups should count: for each extent the subvolumes that reach it, and so the bytes
// that each of them references, and those that nobody else does.
//
// The trees of all subvolumes are gone through together, from the highest level down, each block
// once: a block is reached by whoever reaches one of the blocks that point to it. Sets of
// subvolumes are few and are numbered, so that an extent costs the number of its set.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "check/check_context.h"

namespace canopy {

struct QgroupCount {
  u64 rfer = 0;
  u64 excl = 0;
};

class QgroupCounts {
 public:
  explicit QgroupCounts(CheckContext& context) : context_(context) {}

  // False: there are more sets of subvolumes, or a tree could not be read, so that nothing is
  // known. Errors: Code::cancelled.
  Result<bool> count();
  // `parents` are the groups that each group is in; groups whose id is no subvolume's count what
  // their members do, extents of several of them once.
  std::map<u64, QgroupCount> of_groups(const std::set<u64>& groups,
                                       const std::multimap<u64, u64>& parents) const;

 private:
  using SetId = u32;
  struct Reached {
    u64 bytenr = 0;
    u64 length = 0;
    SetId by = 0;
  };
  static constexpr std::size_t MOST_SETS = 1u << 18;
  static constexpr std::size_t MOST_MEMBERS = 1u << 24;  // of all sets together

  SetId number_of(std::vector<u64> roots);
  SetId united(SetId a, SetId b);
  bool merge(std::vector<Reached>& reached);
  Result<bool> look_into(const Reached& block, u8 level);

  CheckContext& context_;
  std::vector<Reached> blocks_[MAX_LEVEL];
  std::vector<Reached> extents_;
  std::vector<std::vector<u64>> sets_;  // sorted
  std::vector<u64> bytes_of_set_;
  std::map<std::vector<u64>, SetId> numbers_;
  std::map<std::pair<SetId, SetId>, SetId> unions_;
  std::size_t members_ = 0;
};

}  // namespace canopy
