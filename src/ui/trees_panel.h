// The canvas with all trees.
#pragma once

#include <optional>
#include <vector>

#include "ui/axis.h"
#include "ui/canvas_input.h"
#include "ui/clones_view.h"
#include "ui/tree_layout.h"
#include "ui/tree_walk.h"
#include "ui/widgets.h"

namespace canopy::ui {

class TreesPanel {
 public:
  enum class Coloring { owner, generation, fill };

  void draw(const Frame& frame, const Rect& rect);
  void fit() { axis_.fit_all(); }
  // Shows `factor` times as much detail of the middle.
  void zoom(double factor);
  // What of the trees is in view.
  const Axis& axis() const { return axis_; }
  void set_axis(const Axis& axis) { axis_ = axis; }
  // Shows one tree as wide as the canvas.
  void show_tree(u64 tree);
  // Shows the block of a place so wide that its items can be read.
  void show_place(const Place& place);
  // Shows the next clone that a send keeps beside what lies at its address now.
  void compare_next_clone() { clones_.compare_next(); }
  // The image is another one, or was changed: places every tree anew. `keep_view` keeps what is in
  // view there.
  void reset(bool keep_view);

 private:
  void place(const App& app);
  void draw_toolbar(const Frame& frame);
  void draw_legend(const Frame& frame, float room);
  void draw_titles(const Frame& frame, const Rect& canvas);
  void draw_bands(const Frame& frame, const Rect& canvas);
  void draw_edges(const Frame& frame, const Rect& canvas);
  void draw_boxes(const Frame& frame, const Rect& canvas);
  void draw_labels(const Frame& frame, const Rect& canvas);
  void draw_items(const Frame& frame, const Rect& canvas);
  void draw_item_texts(const Frame& frame, const Rect& canvas,
                       const std::vector<const ItemCell*>& cells);
  bool is_shared(const TreeBox& box) const;
  void draw_tooltip();
  void choose(const Frame& frame, float x, float y, bool zoom);
  // The arrow keys go from block to block.
  void walk_by_keys(const Frame& frame);
  void walk(const Frame& frame, TreeMove move);
  void show_walked(const TreeWalk& walk);
  // A leaf that lies there on the axis, so that the item can be read.
  void show_slot(double begin, double end, u32 slot, u32 count);
  void show_wanted_slot(Session& session);
  Color color_of(const Frame& frame, const TreeBox& box) const;

  std::vector<PlacedTree> trees_;
  std::optional<Place> wanted_place_;
  u64 oldest_ = 0, newest_ = 0;  // generations
  Axis axis_;
  Coloring coloring_ = Coloring::owner;
  TreeMetrics metrics_;
  TreeCanvas canvas_;
  std::optional<TreeMove> wanted_move_;  // waits for a block to be read
  std::optional<TreeWalk> wanted_slot_;  // likewise
  const TreeBox* hovered_box_ = nullptr;
  const ItemCell* hovered_item_ = nullptr;
  CanvasInput input_;
  ClonesView clones_;
  // What is told of the blocks in view follows once they stand still.
  bool mirrors_now_ = true;
  Axis shown_axis_;
  Mirror::Table mirrored_titles_, mirrored_blocks_, mirrored_items_;
};

// How much of its bytes a block uses, 0 to 1.
double fill_of(const BlockView& view);

}  // namespace canopy::ui
