// Where the chunks lie on the devices, as `btrfs inspect-internal list-chunks` of btrfs-progs 6.14
// tells it of a mounted filesystem.
#pragma once

#include <string>
#include <vector>

#include "filesystem/filesystem.h"

namespace canopy {

// A stripe of a chunk on one device. Addresses and lengths in bytes.
struct ChunkRow {
  u64 devid = 0;
  u64 physical = 0;
  u64 logical = 0;
  u64 length = 0;  // of the chunk
  u64 flags = 0;
  u64 used = 0;             // of the chunk
  u64 number_physical = 0;  // among those of the device, by physical address, from 1
  u64 number_logical = 0;   // by logical address
};

// By device and physical address.
Result<std::vector<ChunkRow>> read_chunk_list(Filesystem& filesystem);

// `raw`: sizes in bytes.
std::string chunk_list_text(const std::vector<ChunkRow>& rows, bool raw);

}  // namespace canopy
