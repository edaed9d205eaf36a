// The checksums of data: items (EXTENT_CSUM, EXTENT_CSUM, address) with one checksum after the
// other, a sector each. Items know nothing of extents: one may cover several, or a part of one.
#pragma once

#include "cow/items.h"

namespace canopy {

struct CsumFormat {
  u32 sectorsize = 0;
  u32 csum_size = 0;
  u32 nodesize = 0;
};

// Checksums of sectors that follow each other.
struct CsumRun {
  u64 logical = 0;
  std::vector<u8> csums;
};

// The checksums of [start, start + length), in order. Any sectors may have none.
Result<std::vector<CsumRun>> find_csums(BlockCache& cache, const RootPointer& csum_tree,
                                        const CsumFormat& format, u64 start, u64 length);
// Takes them out of the tree.
Result<void> cut_csums(Transaction& transaction, Tree& csum_tree, const CsumFormat& format,
                       u64 start, u64 length);
// Puts checksums in; they join the item before them where there is one and it has room.
// Code::corrupt if some are there already.
Result<void> insert_csums(Transaction& transaction, Tree& csum_tree, const CsumFormat& format,
                          const CsumRun& run);

}  // namespace canopy
