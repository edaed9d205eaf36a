// The RAID profiles as one table: how many copies there are, how data is spread over the devices,
// what may be missing. (The kernel's btrfs_raid_array.)
#pragma once

#include "ondisk/chunk.h"

namespace canopy {

struct Profile {
  u64 flag;          // one of BLOCK_GROUP_PROFILE_MASK, 0 for single
  const char* name;  // as btrfs-progs prints it: "single", "DUP", "RAID1", ...
  u32 copies;        // how often each byte is stored whole
  u32 parity;        // parity stripes in a row
  bool striped;      // data goes around the stripes in pieces of 64 KiB
  u32 devs_min;      // devices (stripes) that a new chunk needs
  u32 sub_stripes;   // of the chunk item
  u32 tolerated_failures;
};

// The profile of a block group's or chunk's flags; nullptr if several profile bits are set.
const Profile* profile_of(u64 flags);

}  // namespace canopy
