// A Device: bytes at physical addresses, as an image file holds those of one disk. Reads are exact:
// all bytes asked for, or an Error. Any thread may read at any time.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/types.h"

namespace canopy {

class Device {
 public:
  virtual ~Device() = default;

  // What messages call it: the file's name.
  virtual const std::string& name() const = 0;
  virtual u64 size_bytes() const = 0;

  // Fills `out` with the bytes at `offset`. Code::io when they cannot all be had.
  virtual Result<void> read(u64 offset, MutableBytes out) = 0;

  // The bytes in place, where the device lies in memory, valid as long as the device and until
  // somebody writes there; nullopt where they can only be copied out.
  virtual std::optional<Bytes> mapped(u64 offset, u64 length) {
    (void)offset, (void)length;
    return std::nullopt;
  }

  // Says that [offset, offset + length) will be read soon. A hint: it costs little and cannot fail.
  virtual void will_read(u64 offset, u64 length) { (void)offset, (void)length; }

  // Whether what lies below is still what was opened. Code::io, with the reason, if somebody
  // changed it meanwhile: what was read since may be of two states. What cannot tell says yes.
  virtual Result<void> check_unchanged() { return {}; }

  // Whether offsets are logical addresses of the filesystem, instead of places on one of its disks:
  // of dumps, which hold tree blocks and no data. Only the first superblock lies where it does on
  // disks.
  virtual bool has_logical_addresses() const { return false; }

  // Base images are never written; devices that can be are overlays and memory.
  virtual Result<void> write(u64 offset, Bytes bytes) {
    (void)offset, (void)bytes;
    return error(Code::unsupported, "{} cannot be written", name());
  }
  // Says that nobody needs what lies in [offset, offset + length): until it is written again it may
  // read as anything. What has no use for that does nothing.
  virtual Result<void> discard(u64 offset, u64 length) {
    (void)offset, (void)length;
    return {};
  }
  // Returns when all that was written before is durable.
  virtual Result<void> flush() { return {}; }
};

// The Error of a read outside the device.
inline Error beyond_device(const Device& device, u64 offset, u64 length) {
  return error(Code::io, "{} ends at {}: cannot read {} bytes at {}", device.name(),
               device.size_bytes(), length, offset);
}

}  // namespace canopy
