// To which size a device could be shrunk, estimated as `btrfs inspect-internal min-dev-size` of
// btrfs-progs does it.
#pragma once

#include <string>

#include "filesystem/filesystem.h"

namespace canopy {

// In bytes. Code::corrupt where dev extents overlap or there is no device tree.
Result<u64> min_dev_size(Filesystem& filesystem, u64 devid);

std::string min_dev_size_text(u64 bytes);

}  // namespace canopy
