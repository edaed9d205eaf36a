// A disk of a virtual machine whose file holds it in blocks of one size, each of them anywhere or
// nowhere. What the formats differ in is where a block is, and how it is stored.
#pragma once

#include <memory>

#include "device/device.h"

namespace canopy {

class DiskInBlocks : public Device {
 public:
  // REQUIRES: block_size > 0.
  DiskInBlocks(std::unique_ptr<Device> file, u64 size, u64 block_size)
      : file_(std::move(file)), size_(size), block_size_(block_size) {}

  const std::string& name() const override { return file_->name(); }
  u64 size_bytes() const override { return size_; }
  Result<void> check_unchanged() override { return file_->check_unchanged(); }
  Result<void> read(u64 offset, MutableBytes out) override;

 protected:
  // The bytes of a block from `in_block` on; zeros where the block is nowhere. REQUIRES: they lie
  // in the block, and the block in the disk.
  virtual Result<void> read_block(u64 block, u64 in_block, MutableBytes out) = 0;
  Device& file() { return *file_; }
  u64 block_size() const { return block_size_; }

 private:
  std::unique_ptr<Device> file_;
  const u64 size_;
  const u64 block_size_;
};

}  // namespace canopy
