// Walking the trees with the arrow keys, as numbers: from a block up to the one that points to it,
// down to its first child or item, and left and right along its level, also over the end of a tree
// into the next. Among the items of a leaf up and down go from slot to slot.
//
// The way from the root follows from keys alone (what was selected may have been reached in any
// way, and need not be in view): each block of it is asked for, and may not have been read yet.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "session/block_view.h"
#include "ui/tree_layout.h"

namespace canopy::ui {

enum class TreeMove : u8 { up, down, left, right };

// A block, or an item of it.
struct TreePlace {
  BlockAddress block;
  std::optional<u32> slot;  // of an item
};

struct TreeWalk {
  // `unread`: a block on the way was not there; to be tried again once it is.
  enum class Outcome : u8 { moved, nothing_there, unread };
  Outcome outcome = Outcome::nothing_there;
  TreePlace place;            // where one is then; only if moved
  double begin = 0, end = 0;  // its block on the axis
};

// `from` nullopt, or a place that its tree does not have any more: at the root of its tree, or of
// the first one. `find` gives a block if it is there, nullptr otherwise; it must not wait.
TreeWalk walk_trees(const std::vector<PlacedTree>& trees, const std::optional<TreePlace>& from,
                    TreeMove move, const std::function<BlockViewPtr(const BlockAddress&)>& find);

}  // namespace canopy::ui
