// The parity of RAID5 and RAID6. A row of a chunk has data columns D0, D1, ... and behind them P,
// of RAID6 also Q:
//
//   P = D0 + D1 + D2 + ...            Q = D0 + 2 D1 + 4 D2 + ...
//
// byte by byte in the field of 256 elements whose polynomial is x^8 + x^4 + x^3 + x^2 + 1, where
// adding is XOR. Any one column can be had from the others, of RAID6 any two; the powers of 2
// repeat after 255, so that RAID6 has at most 255 data columns.
#pragma once

#include <span>

#include "base/types.h"

namespace canopy {

inline constexpr u32 RAID6_DATA_COLUMNS_MAX = 255;

// `columns` are the data columns, P, and if `parity` is 2, Q; all of one length.

// Fills in P (and Q) from the data.
void compute_parity(std::span<const MutableBytes> columns, u32 parity);

// Fills in the data columns whose indices are in `lost` (parity columns may be among them and are
// left as they are) from the others. Of the others, Q is looked at only if two are lost.
// REQUIRES: lost.size() <= parity, no index twice, and at most
// RAID6_DATA_COLUMNS_MAX data columns if parity is 2.
void rebuild_columns(std::span<const MutableBytes> columns, u32 parity, std::span<const u32> lost);

}  // namespace canopy
