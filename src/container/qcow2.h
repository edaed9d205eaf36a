// QCOW2 images of QEMU, versions 2 and 3: a disk in clusters, of which those that were never
// written take no room.
//
//   L1 table   one entry for each L2 table
//   L2 table   one entry for each cluster: nowhere (zeros), its place in the file, or compressed
//              (zlib or zstd) with place and length
//
// Only the active state is read, not the internal snapshots.
#pragma once

#include <memory>

#include "device/device.h"

namespace canopy {

// Whether the first bytes are those of a QCOW2 image.
bool is_qcow2(Bytes first_bytes);

// The disk in the image. Errors: Code::unsupported, by name, for what lies outside the file (a
// backing file, an external data file) and what is not read (encryption, extended L2 entries,
// features that are not known); Code::corrupt for a header or tables that cannot be.
Result<std::unique_ptr<Device>> open_qcow2(std::unique_ptr<Device> file);

}  // namespace canopy
