// All trees in one thin row, with the part of them that is in view: says where one is, and goes
// where it is pressed or dragged.
#pragma once

#include <vector>

#include "ui/axis.h"
#include "ui/tree_layout.h"
#include "ui/widgets.h"

namespace canopy::ui {

// Fingers need more room than a mouse.
float minimap_height(const Frame& frame);

// Moves `axis` to what somebody points at with the button held.
void draw_minimap(const Frame& frame, const Rect& rect, const std::vector<PlacedTree>& trees,
                  Axis& axis);

}  // namespace canopy::ui
