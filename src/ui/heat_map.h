// The address space as a map of cells, as numbers: each cell stands for a part of the block groups,
// in their order, and says how full that part is and what becomes of it.
//
//   rows       0 1 2 3     hilbert   0 1 E F      what is near in the address space is near on the
//              4 5 6 7               3 2 D C      curve, so that a block group is one spot and not
//              a
//                                    4 7 8 B      line. A map wider than high is several squares
//                                    5 6 9 A      side by side.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "session/space_view.h"

namespace canopy::ui {

struct HeatCell {
  // The bits are those of shaders/heat.frag.
  static constexpr u8 mapped = 1, odd = 2, pinned = 4, moving = 8, fresh = 16, lit = 32;

  u8 fill = 0;  // 255: all of it
  u8 flags = 0;

  friend bool operator==(const HeatCell&, const HeatCell&) = default;
};
static_assert(sizeof(HeatCell) == 2);

// In which order cells lie on the map.
class HeatOrder {
 public:
  // `squares` side by side, each `side` x `side`, a power of two.
  HeatOrder(bool hilbert, u32 side, u32 squares);
  // As many squares as fit into a rectangle of that shape, of at most `most` cells together.
  static HeatOrder fitting(bool hilbert, float width, float height, u32 most);

  u32 columns() const { return side_ * squares_; }
  u32 rows() const { return side_; }
  u32 count() const { return columns() * rows(); }
  // Column and row of a cell, and back. REQUIRES: below count(); within columns() and rows().
  std::pair<u32, u32> place_of(u32 cell) const;
  u32 cell_at(u32 column, u32 row) const;

  friend bool operator==(const HeatOrder&, const HeatOrder&) = default;

 private:
  bool hilbert_;
  u32 side_;
  u32 squares_;
};

// A part of the block groups that a map shows, with what is to be said of addresses in it.
struct HeatSource {
  std::span<const GroupView> groups;     // by address
  std::span<const double> begins;        // of each on the axis from 0 to 1, and the end of the last
  double begin = 0, end = 1;             // what is shown of the axis
  const ExtentsView* extents = nullptr;  // where not known, a cell is as full as its block group
  u64 moving = 0;                        // the group that is being emptied; 0: none
  u64 lit = 0;                           // the group that is pointed at; 0: none
  // Ranges of addresses, in any order.
  std::span<const std::pair<u64, u64>> pinned;
  std::span<const std::pair<u64, u64>> fresh;
};

// The cells in the order of addresses.
std::vector<HeatCell> make_heat(const HeatSource& source, u32 count);
// The same as they lie on the map, row by row.
std::vector<HeatCell> lay_out(std::span<const HeatCell> cells, const HeatOrder& order);

// Where an address lies on the axis of the groups; nullopt if none has it.
std::optional<double> axis_place(std::span<const GroupView> groups, std::span<const double> begins,
                                 u64 logical);

}  // namespace canopy::ui
