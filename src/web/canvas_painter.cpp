#include "web/canvas_painter.h"

#include <shaders.h>

#include "imgui.h"

namespace canopy {

namespace {

constexpr GLsizei edge_segments = 16;

GLuint compile(GLenum kind, const char* name, const char* source, std::string& problem) {
  const GLuint shader = glCreateShader(kind);
  glShaderSource(shader, 1, &source, nullptr);
  glCompileShader(shader);
  GLint compiled = 0;
  glGetShaderiv(shader, GL_COMPILE_STATUS, &compiled);
  if (compiled != 0) return shader;
  char log[512] = "";
  glGetShaderInfoLog(shader, sizeof(log), nullptr, log);
  problem = std::string("the shader ") + name + " does not compile: " + log;
  glDeleteShader(shader);
  return 0;
}

// An attribute of each instance.
void attribute(GLuint index, GLint size, GLenum type, bool normalized, std::size_t stride,
               std::size_t offset) {
  glEnableVertexAttribArray(index);
  glVertexAttribPointer(index, size, type, normalized ? GL_TRUE : GL_FALSE,
                        static_cast<GLsizei>(stride), reinterpret_cast<const void*>(offset));
  glVertexAttribDivisor(index, 1);
}

void point_at_blocks(std::size_t begin) {
  constexpr std::size_t stride = sizeof(ui::CanvasBlock);
  attribute(0, 4, GL_FLOAT, false, stride, begin + offsetof(ui::CanvasBlock, rect));
  attribute(1, 4, GL_UNSIGNED_BYTE, true, stride, begin + offsetof(ui::CanvasBlock, fill));
  attribute(2, 4, GL_UNSIGNED_BYTE, true, stride, begin + offsetof(ui::CanvasBlock, edge));
  attribute(3, 3, GL_FLOAT, false, stride, begin + offsetof(ui::CanvasBlock, rounding));
}

void point_at_edges(std::size_t begin) {
  constexpr std::size_t stride = sizeof(ui::CanvasEdge);
  attribute(0, 4, GL_FLOAT, false, stride, begin + offsetof(ui::CanvasEdge, from_x));
  attribute(1, 4, GL_UNSIGNED_BYTE, true, stride, begin + offsetof(ui::CanvasEdge, color));
  attribute(2, 3, GL_FLOAT, false, stride, begin + offsetof(ui::CanvasEdge, width));
}

void set_color(const std::string& name, GLuint program, u32 color) {
  const auto channel = [&](u32 shift) { return static_cast<float>((color >> shift) & 255) / 255; };
  glUniform3f(glGetUniformLocation(program, name.c_str()), channel(0), channel(8), channel(16));
}

}  // namespace

bool GlCanvasPainter::make_program(const char* name, const char* vertex, const char* fragment,
                                   Program& program, std::string& problem) {
  const GLuint above = compile(GL_VERTEX_SHADER, name, vertex, problem);
  const GLuint below = compile(GL_FRAGMENT_SHADER, name, fragment, problem);
  if (above == 0 || below == 0) return false;
  program.name = glCreateProgram();
  glAttachShader(program.name, above);
  glAttachShader(program.name, below);
  glLinkProgram(program.name);
  glDeleteShader(above);
  glDeleteShader(below);
  GLint linked = 0;
  glGetProgramiv(program.name, GL_LINK_STATUS, &linked);
  if (linked == 0) {
    problem = std::string("the shaders ") + name + " do not fit together";
    return false;
  }
  program.screen = glGetUniformLocation(program.name, "u_screen");
  program.unit = glGetUniformLocation(program.name, "u_unit");
  program.segments = glGetUniformLocation(program.name, "u_segments");
  return true;
}

bool GlCanvasPainter::open(std::string& problem) {
  if (!make_program("blocks", shaders::blocks_vert, shaders::blocks_frag, blocks_, problem) ||
      !make_program("edges", shaders::edges_vert, shaders::edges_frag, edges_, problem) ||
      !make_program("heat", shaders::heat_vert, shaders::heat_frag, heat_, problem))
    return false;
  glGenBuffers(1, &buffer_);
  glGenVertexArrays(1, &block_vertices_);
  glGenVertexArrays(1, &edge_vertices_);
  glGenVertexArrays(1, &no_vertices_);
  glGenTextures(1, &cells_);
  glBindTexture(GL_TEXTURE_2D, cells_);
  for (const GLint side : {GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER})
    glTexParameteri(GL_TEXTURE_2D, static_cast<GLenum>(side), GL_NEAREST);
  for (const GLint axis : {GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T})
    glTexParameteri(GL_TEXTURE_2D, static_cast<GLenum>(axis), GL_CLAMP_TO_EDGE);
  return true;
}

void GlCanvasPainter::begin_frame(float unit) {
  unit_ = unit;
  data_.clear();
  batches_.clear();
  is_uploaded_ = false;
  counts_ = {};
}

void GlCanvasPainter::add(ImDrawList& draw, Batch batch) {
  batch.painter = this;
  batches_.push_back(batch);
  const auto call = [](const ImDrawList*, const ImDrawCmd* command) {
    const ImVec4& clip = command->ClipRect;
    const float edges[4] = {clip.x, clip.y, clip.z, clip.w};
    paint(*static_cast<const Batch*>(command->UserCallbackData), edges);
  };
  draw.AddCallback(call, &batches_.back());
  draw.AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

void GlCanvasPainter::blocks(ImDrawList& draw, std::span<const ui::CanvasBlock> blocks) {
  if (blocks.empty()) return;
  Batch batch;
  batch.kind = Kind::blocks;
  batch.begin = data_.size();
  batch.count = static_cast<u32>(blocks.size());
  const auto* bytes = reinterpret_cast<const u8*>(blocks.data());
  data_.insert(data_.end(), bytes, bytes + blocks.size_bytes());
  add(draw, batch);
}

void GlCanvasPainter::edges(ImDrawList& draw, std::span<const ui::CanvasEdge> edges) {
  if (edges.empty()) return;
  Batch batch;
  batch.kind = Kind::edges;
  batch.begin = data_.size();
  batch.count = static_cast<u32>(edges.size());
  const auto* bytes = reinterpret_cast<const u8*>(edges.data());
  data_.insert(data_.end(), bytes, bytes + edges.size_bytes());
  add(draw, batch);
}

void GlCanvasPainter::heat(ImDrawList& draw, const ui::Rect& rect, u32 columns, u32 rows,
                           std::span<const ui::HeatCell> cells, u64 version,
                           const ui::HeatColors& colors) {
  if (heat_version_ != version) {
    heat_version_ = version;
    heat_columns_ = columns;
    heat_rows_ = rows;
    heat_cells_.assign(cells.begin(), cells.end());
  }
  Batch batch;
  batch.kind = Kind::heat;
  batch.rect = rect;
  batch.colors = colors;
  add(draw, batch);
}

// `clip` is left, top, right and bottom.
void GlCanvasPainter::paint(const Batch& batch, const float clip[4]) {
  GlCanvasPainter& painter = *batch.painter;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const auto width = static_cast<GLsizei>(clip[2] - clip[0]);
  const auto height = static_cast<GLsizei>(clip[3] - clip[1]);
  if (width <= 0 || height <= 0) return;
  glEnable(GL_SCISSOR_TEST);
  glScissor(static_cast<GLint>(clip[0]), static_cast<GLint>(screen.y - clip[3]), width, height);
  painter.upload();
  painter.counts_.calls += 1;
  painter.counts_.instances += batch.count;
  switch (batch.kind) {
    case Kind::blocks:
      return painter.paint_instances(batch, painter.blocks_, painter.block_vertices_, 4);
    case Kind::edges:
      return painter.paint_instances(batch, painter.edges_, painter.edge_vertices_,
                                     2 * (edge_segments + 1));
    case Kind::heat:
      return painter.paint_heat(batch);
  }
}

// All instances of the frame at once, before the first is painted.
void GlCanvasPainter::upload() {
  if (is_uploaded_) return;
  is_uploaded_ = true;
  if (data_.empty()) return;
  glBindBuffer(GL_ARRAY_BUFFER, buffer_);
  glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(data_.size()), data_.data(),
               GL_STREAM_DRAW);
}

void GlCanvasPainter::paint_instances(const Batch& batch, const Program& program, GLuint vertices,
                                      GLsizei count) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  glUseProgram(program.name);
  glUniform2f(program.screen, screen.x, screen.y);
  glUniform1f(program.unit, unit_);
  glBindVertexArray(vertices);
  glBindBuffer(GL_ARRAY_BUFFER, buffer_);
  if (batch.kind == Kind::blocks) {
    point_at_blocks(batch.begin);
  } else {
    glUniform1f(program.segments, static_cast<float>(edge_segments));
    point_at_edges(batch.begin);
  }
  glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, count, static_cast<GLsizei>(batch.count));
  glBindVertexArray(0);
}

void GlCanvasPainter::paint_heat(const Batch& batch) {
  if (heat_cells_.size() < std::size_t{heat_columns_} * heat_rows_) return;
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, cells_);
  if (cells_version_ != heat_version_) {
    cells_version_ = heat_version_;
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RG8UI, static_cast<GLsizei>(heat_columns_),
                 static_cast<GLsizei>(heat_rows_), 0, GL_RG_INTEGER, GL_UNSIGNED_BYTE,
                 heat_cells_.data());
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  }
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const GLuint program = heat_.name;
  glUseProgram(program);
  glUniform2f(heat_.screen, screen.x, screen.y);
  glUniform1f(heat_.unit, unit_);
  glUniform1i(glGetUniformLocation(program, "u_cells"), 0);
  glUniform4f(glGetUniformLocation(program, "u_rect"), batch.rect.x, batch.rect.y, batch.rect.width,
              batch.rect.height);
  set_color("u_ground", program, batch.colors.ground);
  set_color("u_line", program, batch.colors.line);
  set_color("u_lit", program, batch.colors.lit);
  set_color("u_pinned", program, batch.colors.pinned);
  set_color("u_moving", program, batch.colors.moving);
  for (std::size_t i = 0; i < batch.colors.scale.size(); i++)
    set_color("u_scale[" + std::to_string(i) + "]", program, batch.colors.scale[i]);
  glBindVertexArray(no_vertices_);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
  glBindVertexArray(0);
}

}  // namespace canopy
