// What the canvases are painted with where rectangles of ImGui would cost too much: many blocks,
// edges or cells, each kind in one call of the graphics card (shaders/). The calls take their place
// in the draw list among what ImGui draws: what comes later lies above.
//
// Places are in physical pixels of the window.
#pragma once

#include <array>
#include <span>

#include "ui/heat_map.h"
#include "ui/shell_layout.h"

struct ImDrawList;

namespace canopy::ui {

// What says without colour what kind of block it is. The numbers are those of shaders/blocks.frag.
enum class CanvasPattern : u8 { none, hatched, crossed, corner, upright };

// As the shader reads it.
struct CanvasBlock {
  Rect rect;
  u32 fill = 0;  // as ImGui packs colours
  u32 edge = 0;  // of the edge and of the pattern
  float rounding = 0;
  float edge_width = 0;
  float pattern = 0;

  void set_pattern(CanvasPattern which) { pattern = static_cast<float>(which); }
};
static_assert(sizeof(CanvasBlock) == 36);

struct CanvasEdge {
  float from_x = 0, from_y = 0, to_x = 0, to_y = 0;
  u32 color = 0;
  float width = 1;
  float bend = 0;  // 0: leaves and arrives upright; otherwise how far an arc rises
  float dash = 0;
};
static_assert(sizeof(CanvasEdge) == 32);

struct HeatColors {
  u32 ground = 0, line = 0, lit = 0, pinned = 0, moving = 0;
  std::array<u32, 8> scale{};  // from empty to full
};

class CanvasPainter {
 public:
  virtual ~CanvasPainter() = default;

  // What is given is copied; it is painted when the draw list is.
  virtual void blocks(ImDrawList& draw, std::span<const CanvasBlock> blocks) = 0;
  virtual void edges(ImDrawList& draw, std::span<const CanvasEdge> edges) = 0;
  // `cells` row by row; `version` is another one whenever they differ from those of the last call.
  virtual void heat(ImDrawList& draw, const Rect& rect, u32 columns, u32 rows,
                    std::span<const HeatCell> cells, u64 version, const HeatColors& colors) = 0;
};

}  // namespace canopy::ui
