#include "device/device_part.h"

#include "base/check.h"

namespace canopy {
namespace {

class DevicePart final : public Device {
 public:
  DevicePart(std::unique_ptr<Device> whole, u64 start, u64 length, std::string name)
      : whole_(std::move(whole)), start_(start), length_(length), name_(std::move(name)) {}

  const std::string& name() const override { return name_; }
  u64 size_bytes() const override { return length_; }
  Result<void> read(u64 offset, MutableBytes out) override {
    if (!contains(offset, out.size())) return beyond_device(*this, offset, out.size());
    return whole_->read(start_ + offset, out);
  }
  std::optional<Bytes> mapped(u64 offset, u64 length) override {
    if (!contains(offset, length)) return std::nullopt;
    return whole_->mapped(start_ + offset, length);
  }
  void will_read(u64 offset, u64 length) override {
    if (contains(offset, length)) whole_->will_read(start_ + offset, length);
  }
  Result<void> check_unchanged() override { return whole_->check_unchanged(); }
  Result<void> write(u64 offset, Bytes bytes) override {
    if (!contains(offset, bytes.size())) return beyond_device(*this, offset, bytes.size());
    return whole_->write(start_ + offset, bytes);
  }
  Result<void> flush() override { return whole_->flush(); }

 private:
  bool contains(u64 offset, u64 length) const {
    return offset <= length_ && length <= length_ - offset;
  }

  std::unique_ptr<Device> whole_;
  u64 start_;
  u64 length_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Device> open_device_part(std::unique_ptr<Device> whole, u64 start, u64 length,
                                         std::string name) {
  CHECK(start <= whole->size_bytes() && length <= whole->size_bytes() - start);
  return std::make_unique<DevicePart>(std::move(whole), start, length, std::move(name));
}

}  // namespace canopy
