// The RAID profiles once more, as plainly as possible and without the code under test: where the
// bytes of a chunk lie on its stripes, and what the parity stripes hold.
#pragma once

#include <vector>

#include "base/types.h"
#include "ondisk/chunk.h"

namespace canopy {

struct ModelPlace {
  u32 stripe = 0;
  u64 offset = 0;  // from the start of the stripe's dev extent

  friend bool operator==(const ModelPlace&, const ModelPlace&) = default;
};

// How many of `stripes` stripes hold data that differs from each other's.
u32 model_data_stripes(u64 profile, u32 stripes);

// All copies of the byte at `offset` of a chunk, mirror 1 first.
std::vector<ModelPlace> model_places(u64 profile, u32 stripes, u64 offset);

// Fills in the parity of all rows of a RAID5 or RAID6 chunk whose stripes are `disks`.
void model_write_parity(u64 profile, const std::vector<MutableBytes>& disks);

}  // namespace canopy
