// What a relocation must not change, of a whole filesystem: every tree block of the subvolumes is
// read, with all that the reader checks, and every data extent that they name.
#pragma once

#include <map>
#include <vector>

#include "filesystem/filesystem.h"

namespace canopy {

struct VisibleState {
  // A hash of all items of all subvolumes, where the bytes of extents stand for their addresses,
  // and of what sharing there is among blocks.
  u64 hash = 0;
  u64 blocks = 0;
  u64 extents = 0;
  // By level: the addresses of the blocks in the order in which trees are walked, each once.
  std::map<u8, std::vector<u64>> addresses;

  // Whether that is the same filesystem.
  bool is_same(const VisibleState& other) const {
    return hash == other.hash && blocks == other.blocks && extents == other.extents;
  }
};

Result<VisibleState> visible_state(Filesystem& filesystem);

// Whether the addresses of the blocks of each level are in the same order as before.
bool same_address_order(const VisibleState& before, const VisibleState& after);

}  // namespace canopy
