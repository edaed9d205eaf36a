// One axis of a canvas that is zoomed and panned: the part of the world [0, 1] that is shown on a
// stretch of pixels. Doubles hold a place to a billionth of a leaf among a million.
#pragma once

namespace canopy::ui {

class Axis {
 public:
  // No closer than this part of the world fills the view.
  explicit Axis(double smallest_span = 1e-12) : smallest_span_(smallest_span) {}

  double begin() const { return begin_; }
  double span() const { return span_; }
  double end() const { return begin_ + span_; }
  bool is_fitted() const { return span_ >= 1; }

  // `pixels` is the width of the view.
  double to_pixel(double world, double pixels) const { return (world - begin_) / span_ * pixels; }
  double to_world(double pixel, double pixels) const { return begin_ + pixel / pixels * span_; }

  // Shows `factor` times as much detail; what is under `pixel` stays there.
  void zoom(double factor, double pixel, double pixels);
  // Moves the world by that many pixels to the right.
  void pan(double by_pixels, double pixels);
  // Shows [begin, end) with `margin` of its width free on both sides.
  void fit(double begin, double end, double margin = 0.02);
  void fit_all() { fit(0, 1, 0); }

  friend bool operator==(const Axis&, const Axis&) = default;

 private:
  void keep_in_world();

  double smallest_span_;
  double begin_ = 0;
  double span_ = 1;
};

}  // namespace canopy::ui
