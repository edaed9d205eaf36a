// The layout of the canvas that shows trees, as numbers: which blocks and items are seen, and
// where.
//
//   | FS_TREE           | 256 snapshot        | EXTENT_TREE |   titles
//   | [      node     ] |                     |             |   level 1
//   | [leaf][leaf][lea] | [       leaf      ] | [   leaf  ] |   leaves
//   |  item               item                  item        |   items, below wide leaves
//
// Trees stand side by side on an axis from 0 to 1; a node's width is divided among its children in
// equal parts. So a block's place follows from the blocks above it alone: what was not read yet
// moves nothing when it arrives, and only what is seen has to be read. Children narrower than
// two pixels are drawn together, as runs of one generation; that bounds the work by the width of
// the window, whatever the size of the filesystem.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "session/block_view.h"
#include "ui/axis.h"
#include "ui/shell_layout.h"

namespace canopy::ui {

// A tree of the forest: its root and the part of the axis it has.
struct PlacedTree {
  BlockAddress root;
  std::string name;
  double begin = 0;
  double end = 0;
};

// Places trees by the number of their blocks (its square root: the small ones stay visible).
// `blocks` has one number for each of `roots`.
std::vector<PlacedTree> place_trees(const std::vector<BlockAddress>& roots,
                                    const std::vector<std::string>& names,
                                    const std::vector<u64>& blocks);

struct TreeBox {
  enum class Kind { block, run, pending, failed };
  Kind kind = Kind::block;
  Rect rect;
  u32 tree = 0;               // index into the placed trees
  BlockAddress address;       // of runs: of the first block
  u32 count = 1;              // of runs: how many blocks
  BlockViewPtr view;          // if it was read
  double begin = 0, end = 0;  // on the axis
  u32 parent = none;          // index of the box that it hangs from
  static constexpr u32 none = ~0u;
};

struct ItemCell {
  Rect rect;
  u32 box = 0;  // index of its leaf among the boxes
  u32 slot = 0;
  bool has_text = false;
};

struct TreeCanvas {
  std::vector<TreeBox> boxes;
  std::vector<ItemCell> items;
  std::vector<BlockAddress> wanted;  // blocks that are seen and were not there, top first
  u8 top_level = 0;                  // the level of the first band below the titles

  const TreeBox* box_at(float x, float y) const;
  const ItemCell* item_at(float x, float y) const;
};

// In physical pixels, within the canvas.
struct TreeMetrics {
  float width = 0, height = 0;
  float title = 0;       // height of the titles
  float band = 0;        // height of a level
  float gap = 0;         // between bands
  float text_row = 0;    // height of an item with text
  float text_width = 0;  // width that an item with text needs
};

// `find` gives a block if it is there, nullptr otherwise; it must not wait.
TreeCanvas layout_trees(const std::vector<PlacedTree>& trees, const Axis& axis,
                        const TreeMetrics& metrics,
                        const std::function<BlockViewPtr(const BlockAddress&)>& find);

// Where the band of a level begins.
float band_y(const TreeCanvas& canvas, const TreeMetrics& metrics, u8 level);

}  // namespace canopy::ui
