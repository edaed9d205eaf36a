// A tree block as the page shows it: a plain copy, which stays what it was whatever happens to the
// filesystem, and which any thread may look at.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ondisk/tree_block.h"

namespace canopy {

// A pointer of a node, or an item of a leaf.
struct BlockEntry {
  Key key;
  u64 blockptr = 0;    // of pointers
  u64 generation = 0;  // of pointers
  u32 offset = 0;      // of items: from the start of the block
  u32 size = 0;        // of items
};

struct BlockView {
  u64 logical = 0;
  u64 generation = 0;
  u64 owner = 0;
  u64 flags = 0;
  u8 level = 0;
  std::vector<BlockEntry> entries;
  std::vector<u8> bytes;
  std::string problem;  // why it could not be read; then all else is empty

  // It could not be read because a commit has moved it since the summary was made.
  bool is_outdated = false;

  bool failed() const { return !problem.empty(); }
  bool is_leaf() const { return level == 0; }
};

using BlockViewPtr = std::shared_ptr<const BlockView>;

// Where a block is and what its parent says of it.
struct BlockAddress {
  u64 logical = 0;
  u64 generation = 0;
  u64 tree = 0;
  u8 level = 0;
};

}  // namespace canopy
