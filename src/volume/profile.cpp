#include "volume/profile.h"

namespace canopy {
namespace {

constexpr Profile PROFILES[] = {
    {0, "single", 1, 0, false, 1, 1, 0},
    {BLOCK_GROUP_DUP, "DUP", 2, 0, false, 1, 1, 0},
    {BLOCK_GROUP_RAID0, "RAID0", 1, 0, true, 1, 1, 0},
    {BLOCK_GROUP_RAID1, "RAID1", 2, 0, false, 2, 1, 1},
    {BLOCK_GROUP_RAID1C3, "RAID1C3", 3, 0, false, 3, 1, 2},
    {BLOCK_GROUP_RAID1C4, "RAID1C4", 4, 0, false, 4, 1, 3},
    {BLOCK_GROUP_RAID10, "RAID10", 2, 0, true, 2, 2, 1},
    {BLOCK_GROUP_RAID5, "RAID5", 1, 1, true, 2, 1, 1},
    {BLOCK_GROUP_RAID6, "RAID6", 1, 2, true, 3, 1, 2},
};

}  // namespace

const Profile* profile_of(u64 flags) {
  for (const Profile& profile : PROFILES)
    if ((flags & BLOCK_GROUP_PROFILE_MASK) == profile.flag) return &profile;
  return nullptr;
}

}  // namespace canopy
