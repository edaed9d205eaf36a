// Images in the seekable format of zstd: frames of limited size behind each other, and at the end a
// table of their sizes, in a frame that others skip. What is read is unpacked when it is read, so
// that the image takes no memory and opens at once.
//
//   frame ... | 0x184D2A5E | size | { packed size | size [| checksum] } ... | count | flags |
//   0x8F92EAB1
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "device/device.h"

namespace canopy {

struct SeekTable {
  struct Frame {
    u64 at = 0;      // in the file
    u64 offset = 0;  // in what it becomes
    u32 packed = 0;  // bytes
    u32 bytes = 0;
  };
  std::vector<Frame> frames;  // those that become anything
  u64 size = 0;               // of all that they become
};

// nullopt where there is no such table, it does not fit the file, or its frames are too large to be
// unpacked for every read: such a file can still be unpacked as a whole. Errors: those of the file.
Result<std::optional<SeekTable>> read_seek_table(Device& file);

// Reads fail with Code::corrupt where a frame does not become what the table says.
std::unique_ptr<Device> open_seekable_zstd(std::unique_ptr<Device> file, SeekTable table);

}  // namespace canopy
