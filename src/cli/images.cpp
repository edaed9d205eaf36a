#include "cli/images.h"

#include <cstdio>

#include "device/file_device.h"

namespace canopy {

Result<std::unique_ptr<Filesystem>> open_images(const std::vector<std::string>& paths,
                                                const OpenOptions& options) {
  std::vector<std::unique_ptr<Device>> devices;
  for (const std::string& path : paths)
    devices.push_back(TRY(open_file_device(path)));
  auto filesystem = TRY(Filesystem::open(std::move(devices), options));
  for (const std::string& warning : filesystem->warnings())
    fmt::print(stderr, "canopy: warning: {}\n", warning);
  return filesystem;
}

}  // namespace canopy
