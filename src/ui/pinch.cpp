#include "ui/pinch.h"

#include <algorithm>
#include <cmath>

namespace canopy::ui {

void PinchTracker::put(i64 finger, float x, float y) {
  const auto found = std::ranges::find(fingers_, finger, &Finger::id);
  if (found != fingers_.end()) {
    found->x = x;
    found->y = y;
    return;
  }
  fingers_.push_back({finger, x, y, x, y});
  if (fingers_.size() != 2) return;
  is_pinching_ = true;
  // What the first one did alone was no pinch.
  fingers_[0].last_x = fingers_[0].x;
  fingers_[0].last_y = fingers_[0].y;
}

void PinchTracker::lift(i64 finger) {
  std::erase_if(fingers_, [&](const Finger& known) { return known.id == finger; });
  if (fingers_.empty()) is_pinching_ = false;
}

Pinch PinchTracker::take() {
  Pinch pinch;
  if (fingers_.size() >= 2) {
    Finger& a = fingers_[0];
    Finger& b = fingers_[1];
    pinch.is_there = true;
    pinch.x = (a.x + b.x) / 2;
    pinch.y = (a.y + b.y) / 2;
    pinch.dx = pinch.x - (a.last_x + b.last_x) / 2;
    pinch.dy = pinch.y - (a.last_y + b.last_y) / 2;
    const float before = std::hypot(a.last_x - b.last_x, a.last_y - b.last_y);
    const float now = std::hypot(a.x - b.x, a.y - b.y);
    if (before > 1 && now > 1) pinch.zoom = now / before;
  }
  for (Finger& finger : fingers_) {
    finger.last_x = finger.x;
    finger.last_y = finger.y;
  }
  return pinch;
}

}  // namespace canopy::ui
