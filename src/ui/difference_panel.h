// What differs between A and B, found as send finds it.
#pragma once

#include <memory>

#include "ui/widgets.h"

namespace canopy::ui {

class DifferencePanel {
 public:
  void draw(const Frame& frame, const Rect& rect);

 private:
  void draw_walks(const Frame& frame);
  void draw_items(const Frame& frame);
  void draw_row(const Frame& frame, std::size_t index, Mirror::Table& mirrored);

  std::shared_ptr<const DifferenceView> shown_;  // the last that arrived
};

}  // namespace canopy::ui
