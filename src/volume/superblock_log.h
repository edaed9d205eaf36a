// The superblock of a device that is divided in zones and can only be written onwards: it is
// appended to the first zone and, once that is full, to the second and so on in turn
// (btrfs_sb_log_location). A device without such zones has it where all have.
#pragma once

#include <memory>
#include <optional>

#include "device/device.h"
#include "ondisk/superblock.h"

namespace canopy {

struct LoggedSuperblock {
  std::shared_ptr<const Superblock> super;
  u64 offset = 0;  // where it lies; the superblock itself names SUPER_OFFSETS[0]
};

// The newest one; nullopt if there is no such log. The image does not say how large zones are: all
// sizes that the kernel takes are tried. Reads some hundred blocks at most.
std::optional<LoggedSuperblock> find_logged_superblock(Device& device);

}  // namespace canopy
