// The heat map of the block groups: how full each part of the address space is, what is pinned, and
// where blocks were moved to. Shows the same part as the strip of block groups above it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ui/axis.h"
#include "ui/heat_map.h"
#include "ui/movements.h"
#include "ui/widgets.h"

namespace canopy::ui {

class SpaceMap {
 public:
  enum class Order : u8 { hilbert, rows, none };

  struct Shown {
    const SpaceView& space;
    std::span<const double> begins;
    const Axis& axis;
    const ExtentsView* extents = nullptr;
    u64 moving = 0;
    u64 lit = 0;
    std::span<const std::pair<u64, u64>> pinned;
    std::span<const std::pair<u64, u64>> fresh;
    u64 version = 0;  // another one when the two before are others
  };
  struct Pointed {
    std::optional<double> world;  // on the axis
    bool clicked = false;
    bool double_clicked = false;
  };

  Order order = Order::hilbert;

  // How high it wants to be, with what explains it.
  float height(const Frame& frame, float width, float room) const;
  Pointed draw(const Frame& frame, const Rect& rect, const Shown& shown);

 private:
  void refresh(const Rect& map, const Shown& shown);
  void draw_legend(const Frame& frame, const Rect& rect, const Shown& shown);

  // What the cells were made from.
  struct Made {
    const SpaceView* space = nullptr;
    const ExtentsView* extents = nullptr;
    Axis axis;
    u64 moving = 0, lit = 0, version = 0;
    HeatOrder order{false, 1, 1};
    friend bool operator==(const Made&, const Made&) = default;
  };
  Made made_;
  std::vector<HeatCell> cells_;  // as they lie
  u64 version_ = 0;
};

HeatColors heat_colors(const Theme& theme);

}  // namespace canopy::ui
