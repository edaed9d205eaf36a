#include "cli/images.h"

#include <cstdio>

#include "device/file_device.h"
#include "device/overlay.h"

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

ImageOpening& image_opening() {
  static ImageOpening opening;
  return opening;
}

Result<std::unique_ptr<Device>> open_image(const std::string& path) {
  return open_container(TRY(open_file_device(path)), image_opening().container);
}

Result<std::unique_ptr<Filesystem>> open_images(const std::vector<std::string>& paths,
                                                const OpenOptions& wanted) {
  OpenOptions options = wanted;
  options.super_copy = image_opening().super_copy;
  options.backup_root = image_opening().backup_root;
  options.generation = image_opening().generation;
  options.repairs = image_opening().repairs;
  if (image_opening().rescue) {
    image_opening().losses = std::make_shared<Losses>();
    options.losses = image_opening().losses;
  }
  std::vector<std::unique_ptr<Device>> devices;
  for (const std::string& path : paths)
    devices.push_back(TRY(open_image(path)));
  return open_devices(std::move(devices), options);
}

Result<std::unique_ptr<Filesystem>> open_images_to_change(const std::vector<std::string>& paths,
                                                          ChangedImages* outputs) {
  const ImageOpening& opening = image_opening();
  if (opening.super_copy || opening.backup_root || opening.generation || opening.rescue)
    return error(Code::invalid,
                 "images that are changed are opened as of their last commit, and whole: not with "
                 "--super, --backup-root, --generation or --rescue");
  std::vector<std::unique_ptr<Device>> devices;
  if (outputs != nullptr) {
    devices = TRY(outputs->open(opening.container));
  } else {
    for (const std::string& path : paths)
      devices.push_back(std::make_unique<OverlayDevice>(TRY(open_image(path))));
  }
  return open_devices(std::move(devices), {.repairs = opening.repairs});
}

}  // namespace canopy
