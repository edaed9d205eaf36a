// A Device that is a file of the operating system, read-only: mapped into memory natively, read
// through the file system in node, where nothing can be mapped.
#pragma once

#include <memory>

#include "device/device.h"

namespace canopy {

// Opens the file or block device at `path`. Code::io with the system's reason.
Result<std::unique_ptr<Device>> open_file_device(const std::string& path);

}  // namespace canopy
