// Writing a changed image to a new file: a copy of the base, shared with it where the file system
// can and with its holes, and the overlay's changes over it.
#pragma once

#include <string>
#include <vector>

#include "device/overlay.h"

namespace canopy {

// Where the changed images go. All of them get their names when the last one is whole; until then
// they lie beside under temporary names, which are removed if something fails.
class ChangedImages {
 public:
  // `bases` are the paths of the images, `outputs` as many. Code::invalid if an output is a base or
  // named twice.
  static Result<ChangedImages> prepare(std::vector<std::string> bases,
                                       std::vector<std::string> outputs);
  ChangedImages(ChangedImages&&) = default;
  ~ChangedImages();

  // Writes image number `index`.
  Result<void> write(std::size_t index, const OverlayDevice& overlay);
  Result<void> finish();

 private:
  ChangedImages() = default;

  std::vector<std::string> bases_;
  std::vector<std::string> outputs_;
  std::vector<std::string> temporary_;
};

}  // namespace canopy
