// The raid stripe tree: where the data of the profiles that have it (DUP, RAID0, RAID1*, RAID10)
// lie on the devices. (The kernel's raid-stripe-tree.c.)
#pragma once

#include <optional>

#include "tree/search.h"
#include "volume/volume.h"

namespace canopy {

// The item with `logical` in it, if there is one.
Result<std::optional<StripeExtent>> find_stripe_extent(BlockCache& cache, const RootPointer& root,
                                                       u64 logical);

// Which logical address in [from, end) lies at `physical` of a device, if one does. Reads all items
// of the range.
Result<std::optional<u64>> find_in_stripes(BlockCache& cache, const RootPointer& root, u64 devid,
                                           u64 physical, u64 from, u64 end);

}  // namespace canopy
