// What commands say of block groups: what one holds, and how much of it is used.
#pragma once

#include <optional>

#include "tree/committed_forest.h"
#include "volume/chunk_map.h"

namespace canopy {

// "Data", "Metadata", "System" or "Data+Metadata", as btrfs-progs names them.
const char* block_group_type_name(u64 flags);

// The tree with the block group items: one of their own, or the extent tree; null if there is
// neither.
Result<std::shared_ptr<const CommittedRoot>> block_group_root(CommittedForest& forest);

// Bytes of the chunk that are used; 0 if it has no block group item in that tree.
Result<u64> used_bytes(CommittedForest& forest, const CommittedRoot& root,
                       const ChunkMapping& chunk);

}  // namespace canopy
