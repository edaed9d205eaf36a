#include "ui/axis.h"

#include <algorithm>

namespace canopy::ui {

void Axis::zoom(double factor, double pixel, double pixels) {
  if (!(factor > 0) || !(pixels > 0)) return;
  const double anchor = to_world(pixel, pixels);
  span_ = std::clamp(span_ / factor, smallest_span_, 1.0);
  begin_ = anchor - pixel / pixels * span_;
  keep_in_world();
}

void Axis::pan(double by_pixels, double pixels) {
  if (!(pixels > 0)) return;
  begin_ -= by_pixels / pixels * span_;
  keep_in_world();
}

void Axis::fit(double begin, double end, double margin) {
  const double width = std::max(end - begin, smallest_span_);
  span_ = std::clamp(width * (1 + 2 * margin), smallest_span_, 1.0);
  begin_ = (begin + end) / 2 - span_ / 2;
  keep_in_world();
}

void Axis::keep_in_world() { begin_ = std::clamp(begin_, 0.0, 1.0 - span_); }

}  // namespace canopy::ui
