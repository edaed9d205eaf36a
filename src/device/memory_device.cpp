#include "device/memory_device.h"

#include <cstring>

namespace canopy {

std::optional<Bytes> MemoryDevice::mapped(u64 offset, u64 length) {
  if (offset > bytes_.size() || length > bytes_.size() - offset) return std::nullopt;
  return Bytes(bytes_).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
}

Result<void> MemoryDevice::read(u64 offset, MutableBytes out) {
  auto bytes = mapped(offset, out.size());
  if (!bytes) return beyond_device(*this, offset, out.size());
  if (!out.empty()) std::memcpy(out.data(), bytes->data(), out.size());
  return {};
}

Result<void> MemoryDevice::write(u64 offset, Bytes bytes) {
  if (!mapped(offset, bytes.size())) return beyond_device(*this, offset, bytes.size());
  if (!bytes.empty()) std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
  return {};
}

}  // namespace canopy
