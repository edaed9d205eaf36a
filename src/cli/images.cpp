#include "cli/images.h"

#include <cstdio>

#include "device/file_device.h"

namespace canopy {

namespace {

Result<std::unique_ptr<Filesystem>> open_devices(std::vector<std::unique_ptr<Device>> devices,
                                                 const OpenOptions& options) {
  auto filesystem = TRY(Filesystem::open(std::move(devices), options));
  for (const std::string& warning : filesystem->warnings())
    fmt::print(stderr, "canopy: warning: {}\n", warning);
  return filesystem;
}

}  // namespace

Result<std::unique_ptr<Filesystem>> open_images(const std::vector<std::string>& paths,
                                                const OpenOptions& options) {
  std::vector<std::unique_ptr<Device>> devices;
  for (const std::string& path : paths)
    devices.push_back(TRY(open_file_device(path)));
  return open_devices(std::move(devices), options);
}

Result<ChangeableImages> open_images_to_change(const std::vector<std::string>& paths) {
  ChangeableImages images;
  std::vector<std::unique_ptr<Device>> devices;
  for (const std::string& path : paths) {
    auto overlay = std::make_unique<OverlayDevice>(TRY(open_file_device(path)));
    images.overlays.push_back(overlay.get());
    devices.push_back(std::move(overlay));
  }
  images.filesystem = TRY(open_devices(std::move(devices), {}));
  return images;
}

}  // namespace canopy
