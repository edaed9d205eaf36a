// Images of real filesystems, recorded as the blocks that are not zero (tests/support/record-image
// makes them):
//
//   zstd( "canopy-sparse-1\n" | u64 size | (u64 offset | u64 length | bytes)* | u64 -1 )
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/sparse_device.h"

namespace canopy {

// The devices recorded at `paths`, in that order.
Result<std::unique_ptr<SparseDevice>> load_recorded_image(const std::string& path);

// The bytes of a whole file, decompressed if its name ends in .zst.
Result<std::vector<u8>> read_test_file(const std::string& path);

}  // namespace canopy
