// Two fingers on the screen: how much further apart they are than at the last look, and where their
// middle went. With more than two, the first two count.
#pragma once

#include <vector>

#include "base/types.h"

namespace canopy::ui {

// What two fingers did since the last look. In physical pixels.
struct Pinch {
  float x = 0, y = 0;    // the middle between them
  float dx = 0, dy = 0;  // how far it went
  float zoom = 1;        // how much further apart they are
  bool is_there = false;
};

class PinchTracker {
 public:
  void put(i64 finger, float x, float y);  // went down, or moved
  void lift(i64 finger);
  // From the second finger on until the last one has left.
  bool is_pinching() const { return is_pinching_; }
  Pinch take();

 private:
  struct Finger {
    i64 id;
    float x, y;
    float last_x, last_y;  // at the last look
  };
  std::vector<Finger> fingers_;
  bool is_pinching_ = false;
};

}  // namespace canopy::ui
