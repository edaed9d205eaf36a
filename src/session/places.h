// Where things are: the way from a key or an address to the block and the slot that the inspector
// shows. All of it waits for reads.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "filesystem/filesystem.h"
#include "session/block_view.h"

namespace canopy {

// An item of a leaf, or a block as a whole.
struct Place {
  BlockAddress block;
  std::optional<u32> slot;
  // From the root on: the slot taken in each node, and of how many.
  std::vector<std::pair<u32, u32>> steps;
  std::string note;  // what is to be said of it, if it is not just what was asked for
};

// The item with that key. Code::not_found if the tree or the item is not there; `or_after`: the
// first one behind it will do.
Result<Place> find_item(Filesystem& filesystem, u64 tree, const Key& key, bool or_after = false);

// What lies at a logical address: the tree block, or the item of the extent tree that tells of the
// data, or else the item of the chunk. Code::not_found if no chunk maps it.
Result<Place> find_logical(Filesystem& filesystem, u64 logical);

// The logical address of a byte of a device. Code::not_found where no chunk has it, and for parity.
Result<u64> find_physical(Filesystem& filesystem, u64 devid, u64 physical);

}  // namespace canopy
