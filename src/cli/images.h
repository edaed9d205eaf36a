// Opening what -i names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/changed_image.h"
#include "container/open_container.h"
#include "filesystem/filesystem.h"

namespace canopy {

// What the command line says about how images are opened: the options that every command with
// images has (add_image_option and its like). One command runs in a process, so there is one.
struct ImageOpening {
  ContainerOptions container;
  std::optional<u32> super_copy;
  std::optional<u32> backup_root;
  std::optional<u64> generation;
  bool rescue = false;
  std::shared_ptr<Losses> losses;  // once images were opened for rescue
  std::shared_ptr<Repairs> repairs = std::make_shared<Repairs>();
};
ImageOpening& image_opening();

// One image, out of what is wrapped around it.
Result<std::unique_ptr<Device>> open_image(const std::string& path);

// Opens the images of one filesystem and says on standard error what is odd about them.
Result<std::unique_ptr<Filesystem>> open_images(const std::vector<std::string>& paths,
                                                const OpenOptions& options = {});

// Images that can be changed, out of what is wrapped around them. What is written goes to
// `outputs`, which live as long and become bare images; without them to memory, and is lost in the
// end.
Result<std::unique_ptr<Filesystem>> open_images_to_change(const std::vector<std::string>& paths,
                                                          ChangedImages* outputs);

}  // namespace canopy
