// Partition tables: an image of a whole disk has its filesystem somewhere inside.
//
//   MBR   four entries at the end of the first sector; one of them may hold a chain of further ones
//   GPT   a header in the second sector, and at the end of the disk again, that points to entries
#pragma once

#include <memory>
#include <vector>

#include "device/device.h"

namespace canopy {

struct Partition {
  u32 number = 0;  // as Linux counts: /dev/sda1 is 1, logical ones of an MBR begin at 5
  u64 start = 0;   // bytes
  u64 length = 0;
  std::string name;       // of a GPT, in UTF-8; may be empty
  bool is_btrfs = false;  // there is the magic of a superblock in it
};

struct PartitionTable {
  const char* kind = "";  // "GPT" or "MBR"
  std::vector<Partition> partitions;
};

// The partitions of a disk, by number; only those that lie in it. No partitions: it has no table
// that could be read. Errors: Code::io.
Result<PartitionTable> read_partition_table(Device& disk);

// Whether the magic of a superblock stands where it does in a filesystem that begins at `start`.
bool has_btrfs_magic(Device& device, u64 start = 0);

// A partition as a device of its own. REQUIRES: it lies in the disk.
std::unique_ptr<Device> open_partition(std::unique_ptr<Device> disk, const Partition& partition);

}  // namespace canopy
