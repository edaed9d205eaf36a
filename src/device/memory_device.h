// A Device in memory: small images, and tests.
#pragma once

#include <vector>

#include "device/device.h"

namespace canopy {

class MemoryDevice : public Device {
 public:
  MemoryDevice(std::string name, std::vector<u8> bytes)
      : name_(std::move(name)), bytes_(std::move(bytes)) {}

  const std::string& name() const override { return name_; }
  u64 size_bytes() const override { return bytes_.size(); }
  Result<void> read(u64 offset, MutableBytes out) override;
  std::optional<Bytes> mapped(u64 offset, u64 length) override;
  Result<void> write(u64 offset, Bytes bytes) override;

  // For tests that damage an image.
  MutableBytes bytes() { return bytes_; }

 private:
  std::string name_;
  std::vector<u8> bytes_;
};

}  // namespace canopy
