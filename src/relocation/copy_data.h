// Copying the bytes of a data extent: read from the first mirror on which every sector that has a
// checksum agrees with it, written to all copies of the new place.
#pragma once

#include "checksum/checksum.h"
#include "commit/csum_items.h"
#include "volume/volume.h"

namespace canopy {

// `csums` are those of [from, from + length). Code::corrupt with the address of the first sector
// that no mirror has right.
Result<void> copy_extent(Volume& volume, const ChecksumInfo& checksum, const CsumFormat& format,
                         const std::vector<CsumRun>& csums, u64 from, u64 to, u64 length);

}  // namespace canopy
