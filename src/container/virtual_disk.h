// The disks of other virtual machines than QEMU's: what they have in common is a table that says
// where in the file the blocks of the disk lie, since those that were never written take no room.
//
//   VDI    of VirtualBox: one table; also with all blocks there
//   VHD    of Virtual PC: a footer, and for disks that grow a header and one table. A fixed one is
//          the bare disk with the footer behind it
//   VMDK   of VMware, one file with all (monolithicSparse, streamOptimized): a directory of tables;
//          the blocks ("grains") of the second kind are compressed
//
// What is refused by name (Code::unsupported): disks that hold only the difference to another one,
// those of several files, and versions that are not known. Code::corrupt for headers and tables
// that cannot be. Tables are read only where the file has them.
#pragma once

#include <memory>

#include "device/device.h"

namespace canopy {

bool is_vdi(Bytes first_bytes);
Result<std::unique_ptr<Device>> open_vdi(std::unique_ptr<Device> file);

// A disk that grows; of a fixed one the first bytes are those of the disk.
bool is_dynamic_vhd(Bytes first_bytes);
bool is_fixed_vhd(Device& file);
Result<std::unique_ptr<Device>> open_vhd(std::unique_ptr<Device> file);

bool is_vmdk(Bytes first_bytes);
Result<std::unique_ptr<Device>> open_vmdk(std::unique_ptr<Device> file);

}  // namespace canopy
