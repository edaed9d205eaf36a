// Dumps of btrfs-image: the superblock and all tree blocks of a filesystem by their logical
// addresses, without data.
//
//   cluster   at multiples of 1 KiB: u64 magic | u64 its place in the file | u32 number of items |
//             u8 compression (0 none, 1 zlib), and for each item u64 logical address | u32 length
//             in the file; then from 1 KiB on the items' bytes, one behind the other
//   item      up to 256 KiB of blocks that follow each other; the superblock has address 65536
#pragma once

#include <memory>

#include "device/device.h"

namespace canopy {

bool is_btrfs_image(Bytes first_bytes);

// A device with logical addresses (Device::has_logical_addresses). Reads of what the dump does not
// have, data above all, are Code::unsupported. Errors: Code::corrupt where clusters cannot be.
Result<std::unique_ptr<Device>> open_btrfs_image(std::unique_ptr<Device> file);

}  // namespace canopy
