#include "ui/space_map.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr float lowest = 72;
constexpr float highest = 300;
constexpr float legend_height = 24;
constexpr float legend_width = 530;  // in one row

// The legend takes two rows where it is narrow.
bool is_narrow(const Frame& frame, float width) { return width < frame.px(legend_width); }
float height_of_legend(const Frame& frame, float width) {
  return frame.px(legend_height) * (is_narrow(frame, width) ? 2 : 1);
}

const Color pinned_color = rgb(0x999999);

}  // namespace

// Viridis gets lighter all the way; in the light theme it runs backwards, so that what is empty is
// near the ground in both.
HeatColors heat_colors(const Theme& theme) {
  HeatColors colors;
  colors.ground = paint(theme.background);
  colors.line = paint(theme.panel);
  colors.lit = paint(theme.text);
  colors.pinned = paint(pinned_color);
  colors.moving = paint(meaning::relocation);
  for (std::size_t i = 0; i < colors.scale.size(); i++) {
    const double part = static_cast<double>(i) / static_cast<double>(colors.scale.size() - 1);
    const Color plain = viridis(theme.dark ? part : 1 - part);
    colors.scale[i] = paint(i == 0 ? mix(theme.background, plain, theme.dark ? 0.3 : 0.12) : plain);
  }
  return colors;
}

float SpaceMap::height(const Frame& frame, float width, float room) const {
  const float legend = height_of_legend(frame, width);
  if (order == Order::none || room < frame.px(lowest) + legend) return 0;
  return std::clamp(std::floor(room * 0.5f), frame.px(lowest), frame.px(highest)) + legend;
}

void SpaceMap::refresh(const Rect& map, const Shown& shown) {
  Made made;
  made.space = &shown.space;
  made.extents = shown.extents;
  made.axis = shown.axis;
  made.moving = shown.moving;
  made.lit = shown.lit;
  made.version = shown.version;
  made.order = HeatOrder::fitting(order == Order::hilbert, map.width, map.height, heat_cells);
  if (made == made_) return;
  made_ = made;
  HeatSource source;
  source.groups = shown.space.groups;
  source.begins = shown.begins;
  source.begin = shown.axis.begin();
  source.end = shown.axis.end();
  source.extents = shown.extents;
  source.moving = shown.moving;
  source.lit = shown.lit;
  source.pinned = shown.pinned;
  source.fresh = shown.fresh;
  cells_ = lay_out(make_heat(source, made.order.count()), made.order);
  version_++;
}

SpaceMap::Pointed SpaceMap::draw(const Frame& frame, const Rect& rect, const Shown& shown) {
  Pointed pointed;
  const float legend = height_of_legend(frame, rect.width);
  const Rect map{rect.x, rect.y, rect.width, rect.height - legend};
  if (map.width < 8 || map.height < 8) return pointed;
  refresh(map, shown);
  ImGui::SetCursorScreenPos(ImVec2(map.x, map.y));
  // On release: a finger that scrolls here has only touched it.
  const bool released = ImGui::InvisibleButton("map", ImVec2(map.width, map.height)) &&
                        ImGui::IsMouseReleased(ImGuiMouseButton_Left);
  const HeatOrder& order_now = made_.order;
  frame.painter.heat(*ImGui::GetWindowDrawList(), map, order_now.columns(), order_now.rows(),
                     cells_, version_, heat_colors(frame.theme));
  draw_legend(frame, {rect.x, map.bottom(), rect.width, legend}, shown);
  focus_mark(frame);
  if (!ImGui::IsItemHovered() || ImGui::GetCurrentContext()->NavDisableMouseHover) return pointed;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const auto cell_of = [](float at, float size, u32 count) {
    const float cell = at / size * static_cast<float>(count);
    return static_cast<u32>(std::clamp(cell, 0.0f, static_cast<float>(count - 1)));
  };
  const u32 column = cell_of(mouse.x - map.x, map.width, order_now.columns());
  const u32 row = cell_of(mouse.y - map.y, map.height, order_now.rows());
  const double part = (order_now.cell_at(column, row) + 0.5) / order_now.count();
  pointed.world = shown.axis.begin() + part * shown.axis.span();
  const float moved = ImGui::GetIO().MouseDragMaxDistanceSqr[ImGuiMouseButton_Left];
  const float most = frame.px(frame.is_touch ? 10 : 4);
  pointed.clicked = released && moved <= most * most;
  pointed.double_clicked = ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left);
  return pointed;
}

void SpaceMap::draw_legend(const Frame& frame, const Rect& rect, const Shown& shown) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const HeatColors colors = heat_colors(frame.theme);
  std::vector<CanvasBlock> blocks;
  const float size = frame.px(12);
  float top = rect.y;
  float y = top + frame.px(6);
  float x = rect.x + frame.px(4);
  const auto words = [&](const std::string& text) {
    draw.AddText(ImVec2(x, top + frame.px(3)), paint(frame.theme.secondary), text.c_str());
    x += ImGui::CalcTextSize(text.c_str()).x + frame.px(12);
  };
  words("empty");
  x -= frame.px(6);
  for (const u32 color : colors.scale) {
    CanvasBlock& block = blocks.emplace_back();
    block.rect = {std::round(x), y, size, size};
    block.fill = color;
    x += size;
  }
  x += frame.px(6);
  words("full");
  if (is_narrow(frame, rect.width)) {
    top += frame.px(legend_height);
    y += frame.px(legend_height);
    x = rect.x + frame.px(4);
  }
  const auto sample = [&](u32 color, CanvasPattern pattern, bool framed) {
    CanvasBlock& block = blocks.emplace_back();
    block.rect = {std::round(x), y, size, size};
    block.fill = colors.scale[4];
    block.edge = color;
    block.edge_width = framed ? frame.px(1.5f) : 0;
    block.set_pattern(pattern);
    x += size + frame.px(4);
  };
  sample(colors.pinned, CanvasPattern::hatched, false);
  words("pinned");
  sample(colors.moving, CanvasPattern::hatched, false);
  words("being emptied");
  sample(colors.moving, CanvasPattern::none, true);
  words("moved here last");
  frame.painter.blocks(draw, blocks);
  u64 pinned = 0;
  for (const auto& [begin, end] : shown.pinned)
    pinned += end - begin;
  frame.mirror.list("space.map", "Map of the block groups",
                    {{"Pinned ranges", fmt::format("{}", shown.pinned.size())},
                     {"Pinned", size_text(pinned)},
                     {"Moved last", fmt::format("{}", shown.fresh.size())},
                     {"Order", order == Order::hilbert ? "Hilbert" : "rows"}});
}

}  // namespace canopy::ui
