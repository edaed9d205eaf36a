// How a canvas is moved: dragging pans, the wheel and W, A, S, D zoom and pan, the middle button
// shows all; two fingers do both. The same on every canvas with one axis.
#pragma once

#include "ui/axis.h"
#include "ui/widgets.h"

namespace canopy::ui {

class CanvasInput {
 public:
  struct Gesture {
    float x = 0, y = 0;  // of the pointer, within the canvas
    bool is_hovered = false;
    bool clicked = false;
    bool double_clicked = false;
  };

  // Puts an item of the canvas's size at the cursor and moves the axis.
  Gesture update(const Frame& frame, const char* name, const Rect& canvas, Axis& axis);
  bool is_panning() const { return is_panning_; }

 private:
  bool is_panning_ = false;
  float drag_distance_ = 0;
};

}  // namespace canopy::ui
