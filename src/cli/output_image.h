// A Device that keeps what is written in a new file beside an image that is never written; in the
// end the file becomes the whole changed image. It is a bare one, whatever was wrapped around the
// image (container/open_container.h).
//
//   image    | A | B | C | D | E | ...
//   file     | B'|   |   | B"| E'|         what was written lies where it will lie; the rest are
//                                          holes, and reads of it go to the image
//   complete | B'| B | - | B"| E'|         what was neither written nor discarded is copied
//
// So memory does not grow with the changes, each byte is written once, and what was discarded is
// never copied: it is a hole in the file. The file lies on no disk safely before complete() has
// ended; whoever makes it gives it its name only then. Any thread may read while one writes.
#pragma once

#include <memory>
#include <shared_mutex>

#include "base/range_set.h"
#include "container/open_container.h"
#include "device/device.h"

namespace canopy {

class OutputImage : public Device {
 public:
  // `image` is the path of the image, `path` that of the file to make. Errors: Code::io, and those
  // of open_container().
  static Result<std::unique_ptr<OutputImage>> create(const std::string& image,
                                                     const std::string& path,
                                                     const ContainerOptions& container = {});
  ~OutputImage() override;
  OutputImage(const OutputImage&) = delete;
  OutputImage& operator=(const OutputImage&) = delete;

  const std::string& name() const override { return image_->name(); }
  u64 size_bytes() const override { return image_->size_bytes(); }
  Result<void> read(u64 offset, MutableBytes out) override;
  std::optional<Bytes> mapped(u64 offset, u64 length) override;
  void will_read(u64 offset, u64 length) override;
  Result<void> check_unchanged() override { return image_->check_unchanged(); }
  // Errors are Code::io, also where the disk is full: the filesystem in the image has room.
  Result<void> write(u64 offset, Bytes bytes) override;
  Result<void> discard(u64 offset, u64 length) override;

  // Copies what is missing, with the image's holes, and waits until all is on disk. Nothing may be
  // written after it.
  Result<void> complete();

 private:
  OutputImage(std::unique_ptr<Device> image, std::unique_ptr<Device> file, int image_fd,
              int file_fd);
  Error failed() const;
  Result<void> write_file(u64 offset, Bytes bytes) const;
  Result<void> copy(u64 start, u64 end) const;
  Result<void> copy_through_memory(u64 start, u64 end) const;
  // Where [offset, offset + length) is of one kind from its beginning: whether that is the file's,
  // and how long it is. REQUIRES: mutex_ is held.
  std::pair<bool, u64> run_at(u64 offset, u64 length) const;

  std::unique_ptr<Device> image_;
  std::unique_ptr<Device> file_;  // for reading
  int image_fd_;                  // of a bare image, for copying; else -1
  int file_fd_;
  mutable std::shared_mutex mutex_;
  RangeSet written_;  // or discarded: what is read from the file
};

}  // namespace canopy
