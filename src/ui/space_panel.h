// The address space as a map: block groups in a row, what extents cover of them, and the devices.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ui/axis.h"
#include "ui/canvas_input.h"
#include "ui/movements.h"
#include "ui/space_map.h"
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
  void draw_map(const Frame& frame, float width);
  void draw_moves(const Frame& frame, const Rect& strip);
  bool is_asked_for(const GroupView& group) const;
  void take_space(const Frame& frame);
  void take_filters(const Frame& frame);
  void take_movements(const Frame& frame);
  void tell_under(const Frame& frame, const GroupView& group, double world);
  void draw_devices(const Frame& frame, float width);
  void draw_table(const Frame& frame);
  void draw_row(const Frame& frame, std::size_t index, Mirror::Table& mirrored);
  void choose(const Frame& frame, const GroupView& group);
  void place();
  const GroupView* group_at(double world) const;
  double world_of(u64 logical) const;
  u64 address_at(const GroupView& group, double world) const;

  std::shared_ptr<const SpaceView> shown_;  // the last that arrived
  std::shared_ptr<const ExtentsView> extents_;
  std::vector<double> begins_;  // of each group on the axis, and the end of the last
  Axis axis_;
  CanvasInput input_;
  u64 chosen_ = 0;           // the address of a group
  bool shows_item_ = false;  // the inspector shows its block group instead of its chunk
  u64 hovered_ = 0;
  u64 next_hovered_ = 0;
  u64 moving_ = 0;                         // the group that a balance empties
  std::optional<BalanceRequest> request_;  // of the balance panel, if it is set to less than all
  // Of a controlled run: its own filesystem is shown, with the extents that it was looked at with.
  bool is_of_run_ = false;
  SpaceMap map_;
  std::shared_ptr<const Trace> trace_;
  u64 trace_version_ = 0;
  double movements_taken_ = 0;
  std::vector<Movements::Move> moves_;               // the last ones
  std::vector<std::pair<u64, u64>> pinned_, fresh_;  // ranges of addresses
  u64 emptied_ = 0;
  u64 movements_ = 0;  // counts up whenever these are others
};

}  // namespace canopy::ui
