// Which of the given devices make up a filesystem. Each device says in its superblock to which
// filesystem it belongs and which device of it it is; the chunk tree says it of all. In between:
//
//   several copies of one device   the newest counts; equal ones are refused
//   a device that missed commits   is left out if everything can be read without it
//   a seed device                  has another fsid; the filesystem that grew from it names that
//   one a replaced or removed device   its superblock still claims a place, the chunk tree knows
//   better
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "device/device.h"
#include "volume/superblock.h"
#include "volume/volume.h"

namespace canopy {

using Uuid = std::array<u8, 16>;

struct GivenDevice {
  u64 devid = 0;
  Uuid uuid{};
  Uuid fsid{};
  u64 generation = 0;
  u64 total_bytes = 0;  // as the filesystem counts it
  bool is_seed = false;
  std::unique_ptr<Device> device;
};

struct GivenDevices {
  std::shared_ptr<const Superblock> super;  // the newest of the filesystem
  std::vector<GivenDevice> devices;
  std::vector<Uuid> seed_fsids;  // as they stand in the headers of tree blocks
  std::vector<std::string> warnings;
};

// Reads the superblocks and sorts out copies of one device. Errors: a device is not Btrfs, two are
// the same, or they are of different filesystems.
// `super_copy`: as find_superblock().
Result<GivenDevices> identify_devices(std::vector<std::unique_ptr<Device>> devices,
                                      std::optional<u32> super_copy = std::nullopt);

// A device of the filesystem as the chunk tree has it.
struct ListedDevice {
  u64 devid = 0;
  Uuid uuid{};
};

// What the devices were known by before they went into the volume.
struct DeviceIdentity {
  u64 devid = 0;
  Uuid uuid{};
  u64 generation = 0;
  u64 total_bytes = 0;
  bool is_seed = false;
};

// Holds the devices of the volume against those that the chunk tree lists, takes out what does not
// belong or is too old, and says what is missing and what cannot be read therefore. `generation` is
// that of the filesystem. REQUIRES: all chunks are in the volume's map.
std::vector<std::string> settle_devices(Volume& volume, const std::vector<DeviceIdentity>& given,
                                        const std::vector<ListedDevice>& listed, u64 generation);

}  // namespace canopy
