// The clones of tree blocks that sends keep, as objects below the trees: each leads to the block it
// is a copy of, says how old it is, and opens beside what lies at its address now.
#pragma once

#include <memory>
#include <vector>

#include "ui/clone_compare.h"
#include "ui/tree_layout.h"
#include "ui/widgets.h"

namespace canopy::ui {

class ClonesView {
 public:
  // Takes what is kept now: of the controlled run, or of sends beside a balance.
  void look(const Frame& frame);
  // How much of the room below the canvas it needs; 0 while nothing is kept.
  float height(const Frame& frame, float room) const;
  // Draws into `rect`, and marks in `canvas` the blocks that clones are of.
  void draw(const Frame& frame, const Rect& rect, const Rect& canvas, const TreeCanvas& trees);
  void compare_next();

 private:
  const KeptView* compared() const;
  void draw_shelf(const Frame& frame, const Rect& rect, const Rect& canvas,
                  const TreeCanvas& trees);
  void draw_links(const Frame& frame, const std::vector<Rect>& chips, const Rect& canvas,
                  const TreeCanvas& trees);
  void draw_compared(const Frame& frame, const Rect& rect, const KeptView& clone);
  void draw_row(const Frame& frame, const KeptView& clone, const CompareRow& row);

  std::shared_ptr<const KeptViews> kept_;
  bool is_counted_ = false;
  bool is_comparing_ = false;
  u64 compared_ = 0;  // the address of a clone
  const KeptViews* rows_of_ = nullptr;
  u64 rows_address_ = 0;
  std::vector<CompareRow> rows_;
};

}  // namespace canopy::ui
