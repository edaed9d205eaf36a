// What the space of a filesystem is used for, as `btrfs filesystem usage` tells it of the mounted
// filesystem, with the images in the place of the devices. What only a mounted filesystem has is
// worked out as the kernel would right after mounting: the global reserve
// (btrfs_update_global_block_rsv) and what df shows as free (btrfs_statfs).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "filesystem/filesystem.h"
#include "volume/profile.h"

namespace canopy {

// All in bytes.
struct Usage {
  // Type and profile, ordered as btrfs-progs orders them: SYSTEM last, else by their flags.
  struct Kind {
    u64 flags = 0;

    u64 type() const { return flags & BLOCK_GROUP_TYPE_MASK; }
    u64 profile() const { return flags & BLOCK_GROUP_PROFILE_MASK; }
    friend bool operator<(const Kind& a, const Kind& b);
  };
  struct Space {
    u64 total = 0;
    u64 used = 0;
    u64 on_disk = 0;               // of all devices
    std::map<u64, u64> by_device;  // bytes of dev extents, by devid
  };
  struct DeviceUse {
    std::string name;
    u64 total = 0;
    u64 image = 0;  // size of the image; 0: missing
    u64 allocated = 0;

    u64 unallocated() const { return total - std::min(total, allocated); }
  };

  std::map<Kind, Space> spaces;
  std::map<u64, DeviceUse> devices;  // by devid
  u64 total = 0;                     // of all devices
  u64 allocated = 0;
  u64 missing = 0;
  u64 slack = 0;           // of the images, behind the devices
  u64 used = 0;            // on disk
  u64 free_estimated = 0;  // for data
  u64 free_at_least = 0;
  u64 free_statfs = 0;
  double data_ratio = 1;  // bytes on disk for each of data
  double metadata_ratio = 1;
  u64 reserve = 0;
  std::string several_profiles;  // the types that have more than one, or empty

  u64 unallocated() const { return total - std::min(total, allocated); }
};

// REQUIRES: the commit root semaphore is held, or nobody writes.
Result<Usage> read_usage(Filesystem& filesystem);

// `raw`: sizes in bytes.
std::string usage_text(const Usage& usage, bool raw);

}  // namespace canopy
