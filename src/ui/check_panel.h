// The consistency check of the filesystem: how far it is, and what it found.
#pragma once

#include <vector>

#include "ui/widgets.h"

namespace canopy::ui {

class CheckPanel {
 public:
  void draw(const Frame& frame, const Rect& rect);

 private:
  void draw_progress(const Frame& frame, const ConsistencySnapshot& snapshot);
  void draw_findings(const Frame& frame);
  void draw_finding(const Frame& frame, std::size_t index, Mirror::Table& mirrored);

  const ConsistencyJob* shown_ = nullptr;
  std::vector<Finding> findings_;
  std::size_t chosen_ = ~std::size_t{0};
  bool with_data_ = false;
};

}  // namespace canopy::ui
