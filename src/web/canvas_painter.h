// Paints the canvases with WebGL 2, in the shaders of shaders/. What a frame gives is kept until
// the frame is painted: ImGui's draw lists call back to it in their order.
#pragma once

#include <GLES3/gl3.h>

#include <deque>
#include <string>
#include <vector>

#include "ui/canvas_painter.h"

namespace canopy {

class GlCanvasPainter final : public ui::CanvasPainter {
 public:
  // False, with the reason in `problem`, if a shader does not compile. REQUIRES: there is a
  // context.
  bool open(std::string& problem);
  // Forgets the frame before. `unit`: physical pixels to a CSS pixel.
  void begin_frame(float unit);

  void blocks(ImDrawList& draw, std::span<const ui::CanvasBlock> blocks) override;
  void edges(ImDrawList& draw, std::span<const ui::CanvasEdge> edges) override;
  void heat(ImDrawList& draw, const ui::Rect& rect, u32 columns, u32 rows,
            std::span<const ui::HeatCell> cells, u64 version,
            const ui::HeatColors& colors) override;

  // Of the last frame that was painted.
  struct Counts {
    u32 calls = 0;
    u32 instances = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  enum class Kind : u8 { blocks, edges, heat };
  struct Batch {
    GlCanvasPainter* painter = nullptr;
    Kind kind = Kind::blocks;
    std::size_t begin = 0;  // of its instances, in bytes of data_
    u32 count = 0;
    ui::Rect rect;  // of heat, and what follows
    ui::HeatColors colors;
  };
  struct Program {
    GLuint name = 0;
    GLint screen = -1, unit = -1, segments = -1;
  };

  static void paint(const Batch& batch, const float clip[4]);
  void add(ImDrawList& draw, Batch batch);
  void paint_instances(const Batch& batch, const Program& program, GLuint vertices, GLsizei count);
  void paint_heat(const Batch& batch);
  void upload();
  bool make_program(const char* name, const char* vertex, const char* fragment, Program& program,
                    std::string& problem);

  Program blocks_, edges_, heat_;
  GLuint block_vertices_ = 0, edge_vertices_ = 0, no_vertices_ = 0;
  GLuint buffer_ = 0;
  GLuint cells_ = 0;
  u64 cells_version_ = 0;
  std::vector<u8> data_;
  bool is_uploaded_ = false;
  std::deque<Batch> batches_;
  std::vector<ui::HeatCell> heat_cells_;
  u32 heat_columns_ = 0, heat_rows_ = 0;
  u64 heat_version_ = 0;
  float unit_ = 1;
  Counts counts_;
};

}  // namespace canopy
