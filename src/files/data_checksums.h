// The checksums of data sectors, from the checksum tree. One EXTENT_CSUM item holds those of many
// sectors that follow each other:
//
//   key (EXTENT_CSUM, EXTENT_CSUM, logical of the first sector)   | sum | sum | sum | ...
//
// Who reads sequentially finds the next ones in the leaf that was read last.
#pragma once

#include <memory>

#include "base/result.h"
#include "tree/path.h"

namespace canopy {

class CommittedForest;

class DataChecksums {
 public:
  // `forest` is borrowed.
  explicit DataChecksums(CommittedForest& forest);

  // Sectors that have checksums, or sectors that have none (then `sums` is empty).
  struct Run {
    u64 sectors = 0;
    Bytes sums;  // valid until the next call
  };
  // What holds for the sector at `logical` and those behind it, at most `max_sectors`, at least
  // one. REQUIRES: `logical` is a multiple of the sector size, max_sectors > 0; the commit root
  // semaphore is held, or nobody writes.
  Result<Run> run_at(u64 logical, u64 max_sectors);

 private:
  Result<bool> find_leaf(u64 logical);

  CommittedForest& forest_;
  u32 sectorsize_;
  u32 size_;  // of one checksum
  Path path_;
  u64 generation_ = 0;  // of the commit that path_ was read from
};

}  // namespace canopy
