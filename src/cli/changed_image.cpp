#include "cli/changed_image.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/unfinished_files.h"

namespace canopy {
namespace {

bool same_file(const std::string& a, const std::string& b) {
  struct stat first{}, second{};
  if (stat(a.c_str(), &first) != 0 || stat(b.c_str(), &second) != 0) return a == b;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

Result<ChangedImages> ChangedImages::prepare(std::vector<std::string> images,
                                             std::vector<std::string> outputs) {
  if (images.size() != outputs.size())
    return error(Code::invalid, "{} images, but {} names to write them to", images.size(),
                 outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (const std::string& image : images)
      if (same_file(image, outputs[i]))
        return error(Code::invalid, "{} is the image itself, which is never written", outputs[i]);
    for (std::size_t j = 0; j < i; ++j)
      if (outputs[i] == outputs[j]) return error(Code::invalid, "{} is named twice", outputs[i]);
    struct stat status{};
    if (stat(outputs[i].c_str(), &status) == 0 && !S_ISREG(status.st_mode))
      return error(Code::invalid, "{} is no file that could be replaced", outputs[i]);
  }
  ChangedImages changed;
  changed.images_ = std::move(images);
  changed.outputs_ = std::move(outputs);
  return changed;
}

ChangedImages::~ChangedImages() {
  for (const std::string& path : temporary_) {
    unlink(path.c_str());
    forget_unfinished(path);
  }
}

Result<std::vector<std::unique_ptr<Device>>> ChangedImages::open(
    const ContainerOptions& container) {
  CHECK(devices_.empty());
  std::vector<std::unique_ptr<Device>> devices;
  for (std::size_t i = 0; i < images_.size(); ++i) {
    std::string temporary = fmt::format("{}.{}.part", outputs_[i], getpid());
    auto device = TRY(OutputImage::create(images_[i], temporary, container));
    watch_unfinished(temporary);
    temporary_.push_back(std::move(temporary));
    devices_.push_back(device.get());
    devices.push_back(std::move(device));
  }
  return devices;
}

Result<void> ChangedImages::finish() {
  CHECK(devices_.size() == outputs_.size());
  for (OutputImage* device : devices_)
    TRY(device->complete());
  for (std::size_t i = 0; !temporary_.empty(); ++i) {
    const std::string& path = temporary_.front();
    if (rename(path.c_str(), outputs_[i].c_str()) != 0)
      return error(Code::io, "cannot name {}: {}", outputs_[i], std::strerror(errno));
    forget_unfinished(path);
    temporary_.erase(temporary_.begin());
  }
  return {};
}

}  // namespace canopy
