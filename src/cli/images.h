// Opening what -i names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "filesystem/filesystem.h"

namespace canopy {

// Opens the images of one filesystem and says on standard error what is odd about them.
Result<std::unique_ptr<Filesystem>> open_images(const std::vector<std::string>& paths,
                                                const OpenOptions& options = {});

}  // namespace canopy
