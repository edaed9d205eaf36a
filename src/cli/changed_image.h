// Where a command that changes images writes them: into new files, which get their names when the
// last one is whole. Until then they lie beside under temporary names; those are removed if
// something fails or a signal ends the program.
#pragma once

#include <string>
#include <vector>

#include "cli/output_image.h"

namespace canopy {

class ChangedImages {
 public:
  // `images` are the paths of the images, `outputs` as many. Code::invalid if an output is one of
  // the images, is named twice or is no file.
  static Result<ChangedImages> prepare(std::vector<std::string> images,
                                       std::vector<std::string> outputs);
  ChangedImages(ChangedImages&&) = default;
  ~ChangedImages();

  // The devices to open in place of the images, each once. REQUIRES: they live until finish().
  Result<std::vector<std::unique_ptr<Device>>> open(const ContainerOptions& container = {});
  // Makes the files whole and gives them their names.
  Result<void> finish();

 private:
  ChangedImages() = default;

  std::vector<std::string> images_;
  std::vector<std::string> outputs_;
  std::vector<std::string> temporary_;
  std::vector<OutputImage*> devices_;
};

}  // namespace canopy
