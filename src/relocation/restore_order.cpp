#include <algorithm>

#include "relocation/relocate.h"

namespace canopy {

Result<void> Relocation::finish() {
  for (u8 level = 0; level < MAX_LEVEL; ++level)
    TRY(restore_level(level));
  writer_.groups().release_held();
  return {};
}

// Blocks whose homes are kept go home. The others take rising addresses from the first on that lies
// wrong; no chunk is made for that.
Result<void> Relocation::restore_level(u8 level) {
  TRY(writer_.recover());
  BlockGroups& groups = writer_.groups();
  const u64 nodesize = writer_.super().nodesize;
  Work work;
  std::vector<u64> homeless;
  for (u64 bytenr : order_.away(level))
    (groups.is_held(order_.home_of(bytenr)) ? work.extents : homeless).push_back(bytenr);
  auto wrong = std::ranges::is_sorted_until(homeless);
  if (wrong != homeless.end()) {
    const AllocationRule rule = targets_for(0).blocks;
    u64 count = static_cast<u64>(homeless.end() - wrong);
    work.rising.next = *std::prev(wrong) + nodesize;
    if (TRY(groups.count_room(rule, count, work.rising.next)) < count) {
      wrong = homeless.begin();
      work.rising.next = 0;
    }
    work.rising.blocks.insert(wrong, homeless.end());
    work.extents.insert(work.extents.end(), wrong, homeless.end());
  }
  while (work.next < work.extents.size()) {
    TRY(pass_turn());
    auto done = try_batch(work);
    if (done.ok()) continue;
    if (done.error().code() != Code::no_space) return std::move(done).error();
    return writer_.recover();
  }
  return {};
}

}  // namespace canopy
