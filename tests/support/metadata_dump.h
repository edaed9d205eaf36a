// What btrfs-image makes of a filesystem: its superblock and tree blocks, by their logical
// addresses.
#pragma once

#include <vector>

#include "filesystem/filesystem.h"

namespace canopy {

enum class DumpPacking : u8 { none, zlib };

Result<std::vector<u8>> metadata_dump(Filesystem& filesystem, DumpPacking packing);

}  // namespace canopy
