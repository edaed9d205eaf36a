// A path: the blocks from the root of a tree down to a leaf (or to a node, where only a level was
// asked for), and the slot taken in each.
#pragma once

#include <array>

#include "tree/extent_buffer.h"

namespace canopy {

struct Path {
  std::array<BlockRef, MAX_LEVEL> nodes;  // by level; empty above the root and below the lowest
  std::array<u32, MAX_LEVEL> slots{};

  const ExtentBuffer& leaf() const { return *nodes[0]; }
  u32& slot() { return slots[0]; }
  u32 slot() const { return slots[0]; }
  // Whether the slot is one of the leaf's: after a search it may lie one behind.
  bool in_leaf() const { return nodes[0] != nullptr && slots[0] < nodes[0]->nritems(); }
  // REQUIRES: in_leaf().
  Key key() const { return nodes[0]->key(slots[0]); }
  Bytes item() const { return nodes[0]->item(slots[0]); }

  void release() { *this = Path(); }
};

}  // namespace canopy
