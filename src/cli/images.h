// Opening what -i names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device/overlay.h"
#include "filesystem/filesystem.h"

namespace canopy {

// Opens the images of one filesystem and says on standard error what is odd about them.
Result<std::unique_ptr<Filesystem>> open_images(const std::vector<std::string>& paths,
                                                const OpenOptions& options = {});

// Images that can be changed: what is written lies in overlays, one for each path.
struct ChangeableImages {
  std::unique_ptr<Filesystem> filesystem;
  std::vector<OverlayDevice*> overlays;  // of the filesystem
};
Result<ChangeableImages> open_images_to_change(const std::vector<std::string>& paths);

}  // namespace canopy
