// A Device in memory that holds only what is not zero, for images that come compressed
// (container/unpack.h): a few hundred kilobytes may stand for a hundred megabytes of disk.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>

#include "device/device.h"

namespace canopy {

class UnpackedImage final : public Device {
 public:
  explicit UnpackedImage(std::string name) : name_(std::move(name)) {}

  const std::string& name() const override { return name_; }
  u64 size_bytes() const override { return size_bytes_; }
  Result<void> read(u64 offset, MutableBytes out) override;

  // Adds bytes at the end. REQUIRES: nobody reads yet.
  void append(Bytes bytes);
  // How much of it is held.
  u64 held_bytes() const { return pages_.size() * page_size; }

 private:
  static constexpr u64 page_size = 4096;
  using Page = std::array<u8, page_size>;

  std::string name_;
  u64 size_bytes_ = 0;
  std::unordered_map<u64, std::unique_ptr<Page>> pages_;
};

}  // namespace canopy
