// What people have is seldom the bare image of a filesystem: it is compressed, the disk of a
// virtual machine, a whole disk with partitions. This goes through what is wrapped around it, from
// outside in, and gives a Device that begins where the filesystem does.
#pragma once

#include "container/partitions.h"
#include "container/unpack.h"

namespace canopy {

struct ContainerOptions {
  std::optional<u32> partition = std::nullopt;  // which, of a disk that has partitions
  // Where none is chosen: takes the one that holds Btrfs, if no other does.
  bool take_only_btrfs = false;
  // Where to put the partitions that hold Btrfs if one has to be chosen.
  std::vector<Partition>* offered = nullptr;
  UnpackLimits limits = {};
};

// A device as it is needed, or the same if nothing is wrapped around. What is neither Btrfs nor
// anything that is known is handed back as it is: whoever looks for a superblock in it says so.
// Errors: Code::invalid for a disk with partitions where none was chosen (the message lists them)
// or the chosen one is not there; Code::unsupported, by name, for what is known but not read here;
// those of unpack(), open_qcow2(), open_btrfs_image() and virtual_disk.h.
Result<std::unique_ptr<Device>> open_container(std::unique_ptr<Device> device,
                                               const ContainerOptions& options = {});

}  // namespace canopy
