// Disks of virtual machines that lie in their files in blocks of one size, in any order, with one
// table that says where each is: VDI and VHD.
#pragma once

#include <memory>
#include <vector>

#include "device/device.h"

namespace canopy {

struct BlockLayout {
  static constexpr u32 NOWHERE = ~u32{0};  // in the table: the block is zeros

  u64 size = 0;  // of the disk
  u64 block_size = 0;
  // Block n begins at base + table[n] * unit.
  u64 base = 0;
  u64 unit = 0;
  std::vector<u32> table;
};

// REQUIRES: the table has an entry for each block, block_size > 0, and base, unit and block_size
// are below 2^31, so that no place overflows.
std::unique_ptr<Device> open_block_disk(std::unique_ptr<Device> file, BlockLayout layout);

// What every image with a table needs to know before it reads that: how many entries a disk of
// `size` bytes in blocks of `block_size` has. Code::corrupt if there are fewer than that in a table
// of `entries` of 32 bits at `at`, if that passes the end of the file, or if they are more than any
// disk has.
Result<u64> block_table_entries(const Device& file, const char* format, u64 at, u64 entries,
                                u64 size, u64 block_size);

}  // namespace canopy
