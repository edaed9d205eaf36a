// Controlled running: the panel with its buttons and protections, the table of transactions, and
// the timeline.
#pragma once

#include <memory>

#include "ui/actions.h"
#include "ui/axis.h"
#include "ui/canvas_input.h"
#include "ui/timeline.h"
#include "ui/widgets.h"

namespace canopy::ui {

// What can be done with a controlled run: the buttons of the panel and rows of the table of actions
// (page_actions.cpp). `name` is that of the button.
struct StepAction {
  const char* name;
  const char* icon;
  const char* label;  // of the button
  Action action;
  const char* hint;
};
std::vector<StepAction> step_actions(App& app);

class StepPanel {
 public:
  void draw(const Frame& frame);

 private:
  void draw_state(const Frame& frame, const StepEntry& entry, const StepSnapshot& snapshot);
  void draw_counts(const Frame& frame, const StepSnapshot& snapshot);
  void draw_threads(const Frame& frame, const StepSnapshot& snapshot);
  void draw_buttons(const Frame& frame, const StepSnapshot* snapshot);
  void draw_settings(const Frame& frame);
  void draw_protections(const Frame& frame, bool& changed);

  u64 told_version_ = 0;  // of the snapshot that was read out last
};

// The commits of a controlled run, with what each moved and what came of it.
class TransactionsPanel {
 public:
  void draw(const Frame& frame);
};

class TimelinePanel {
 public:
  void draw(const Frame& frame);
  void fit() { axis_.fit_all(); }

 private:
  void refresh(const Frame& frame);
  void draw_lanes(const Frame& frame, const Rect& rect);
  void draw_lane(const Frame& frame, const TimelineLane& lane, const Rect& rect);
  void draw_span(const Frame& frame, const TraceEvent& event, const std::string& name,
                 const Rect& rect, float top, Color color, bool is_filled);
  float semaphore_rows() const;
  void draw_semaphore(const Frame& frame, const Rect& rect);
  void draw_fill(const Frame& frame, const Rect& rect);
  void draw_arrows(const Frame& frame, const Rect& rect, const std::vector<float>& tops);
  void draw_scale(const Frame& frame, const Rect& rect);
  void mirror(const Frame& frame) const;
  std::string time_text(u64 at) const;
  float x_of(const Rect& rect, u64 at) const;
  float height_of(const Frame& frame, const TimelineLane& lane) const;
  float fitting_row(const Frame& frame, float room) const;

  std::shared_ptr<const Trace> trace_;
  u64 version_ = 0;  // of what is shown
  double refreshed_ = 0;
  bool is_counted_ = false;
  Timeline timeline_;
  Axis axis_{1e-7};
  CanvasInput input_;
  float row_ = 0;              // height of a row of spans
  bool is_semaphore_ = false;  // its row is being drawn
};

}  // namespace canopy::ui
