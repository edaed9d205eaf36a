// A Device of which only the blocks that were written take memory; the rest reads as zeros. It
// can have any size, and a copy is a new device with the same bytes.
#pragma once

#include <array>
#include <map>

#include "device/device.h"

namespace canopy {

class SparseDevice : public Device {
 public:
  static constexpr u64 block_size = 4096;
  using Block = std::array<u8, block_size>;

  SparseDevice(std::string name, u64 size) : name_(std::move(name)), size_(size) {}

  const std::string& name() const override { return name_; }
  u64 size_bytes() const override { return size_; }
  Result<void> read(u64 offset, MutableBytes out) override;
  Result<void> write(u64 offset, Bytes bytes) override;

  // As if the end had been cut off, or zeros been added.
  void resize(u64 size) { size_ = size; }
  const std::map<u64, Block>& blocks() const { return blocks_; }  // by number

 private:
  std::string name_;
  u64 size_;
  std::map<u64, Block> blocks_;
};

}  // namespace canopy
