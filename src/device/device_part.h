// A range of a device as a device of its own: a partition, or a disk without what stands behind it.
#pragma once

#include <memory>
#include <string>

#include "device/device.h"

namespace canopy {

// Bytes [start, start + length) of `whole`, under another name. REQUIRES: they lie in it.
std::unique_ptr<Device> open_device_part(std::unique_ptr<Device> whole, u64 start, u64 length,
                                         std::string name);

}  // namespace canopy
