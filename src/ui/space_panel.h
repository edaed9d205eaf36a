// The address space as a map: block groups in a row, what extents cover of them, and the devices.
#pragma once

#include <memory>
#include <vector>

#include "ui/axis.h"
#include "ui/canvas_input.h"
#include "ui/widgets.h"

namespace canopy::ui {

class SpacePanel {
 public:
  void draw(const Frame& frame, const Rect& rect);
  void fit() { axis_.fit_all(); }

 private:
  void draw_toolbar(const Frame& frame);
  void draw_strip(const Frame& frame, const Rect& strip);
  void draw_extents(const Frame& frame, const Rect& strip);
  void draw_group(const Frame& frame, const Rect& rect, const GroupView& group);
  void draw_devices(const Frame& frame, float width);
  void draw_table(const Frame& frame);
  void draw_row(const Frame& frame, std::size_t index, Mirror::Table& mirrored);
  void choose(const Frame& frame, const GroupView& group);
  void place();
  const GroupView* group_at(double world) const;
  double world_of(u64 logical) const;

  std::shared_ptr<const SpaceView> shown_;  // the last that arrived
  std::shared_ptr<const ExtentsView> extents_;
  std::vector<double> begins_;  // of each group on the axis, and the end of the last
  Axis axis_;
  CanvasInput input_;
  u64 chosen_ = 0;           // the address of a group
  bool shows_item_ = false;  // the inspector shows its block group instead of its chunk
  u64 hovered_ = 0;
  u64 next_hovered_ = 0;
  u64 moving_ = 0;  // the group that a balance empties
};

}  // namespace canopy::ui
