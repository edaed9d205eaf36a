#include "ui/minimap.h"

#include <fmt/format.h>

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

namespace canopy::ui {

float minimap_height(const Frame& frame) { return frame.px(frame.is_touch ? 28 : 12); }

void draw_minimap(const Frame& frame, const Rect& rect, const std::vector<PlacedTree>& trees,
                  Axis& axis) {
  const auto width = static_cast<double>(rect.width);
  ImGui::SetCursorScreenPos(ImVec2(rect.x, rect.y));
  // The keys move what is in view as well, without going here first.
  ImGui::PushItemFlag(ImGuiItemFlags_NoNav, true);
  ImGui::InvisibleButton("minimap", ImVec2(rect.width, rect.height));
  ImGui::PopItemFlag();
  frame.touch.claim();
  if (ImGui::IsItemActive()) {
    const double middle = static_cast<double>(ImGui::GetIO().MousePos.x - rect.x) / width;
    const double begin = std::clamp(middle - axis.span() / 2, 0.0, 1 - axis.span());
    axis.fit(begin, begin + axis.span(), 0);
  }
  if (mirror_item(frame, "trees.minimap",
                  fmt::format("All trees; from {:.4g} % to {:.4g} % are in view",
                              100 * axis.begin(), 100 * axis.end())))
    axis.fit_all();
  if (ImGui::IsItemHovered()) {
    const double world = static_cast<double>(ImGui::GetIO().MousePos.x - rect.x) / width;
    for (const PlacedTree& tree : trees)
      if (world >= tree.begin && world < tree.end) ImGui::SetTooltip("%s", tree.name.c_str());
  }

  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const auto row = [&](double begin, double end) {
    const float left = rect.x + static_cast<float>(begin * width);
    return Rect{left, rect.y + std::round((rect.height - frame.px(6)) / 2),
                std::max(static_cast<float>((end - begin) * width), frame.px(2)), frame.px(6)};
  };
  for (std::size_t i = 0; i < trees.size(); i++) {
    const Rect tree = row(trees[i].begin, trees[i].end);
    draw.AddRectFilled(ImVec2(tree.x, tree.y), ImVec2(tree.right() - 1, tree.bottom()),
                       paint(mix(frame.theme.line, frame.theme.secondary, i % 2 == 0 ? 0.2 : 0.5)));
  }
  if (axis.is_fitted()) return;
  const Rect seen = row(axis.begin(), axis.end());
  draw.AddRect(ImVec2(seen.x, seen.y - frame.px(3)),
               ImVec2(seen.right(), seen.bottom() + frame.px(3)), paint(frame.theme.accent), 0, 0,
               frame.px(1.5f));
}

}  // namespace canopy::ui
