// The splitters between the parts of the page: dragged, or held with a key and moved with the arrow
// keys until Enter, Escape or another panel.
#include <algorithm>

#include "ui/panels.h"
#include "ui/shell.h"

namespace canopy::ui {

namespace {

constexpr const char* splitters[] = {"split.left", "split.right", "split.bottom",
                                     "split.left_lower"};
constexpr float key_step = 16;  // CSS pixels

}  // namespace

// The one behind the one that is held, or the first of those that are there.
void Shell::hold_next_splitter() {
  const ShellLayout layout = layout_now();
  const Rect* const rects[] = {&layout.split_left, &layout.split_right, &layout.split_bottom,
                               &layout.split_left_lower};
  const std::size_t count = std::size(splitters);
  const auto* const held = std::ranges::find(splitters, held_splitter_);
  std::size_t next = static_cast<std::size_t>(held - splitters);
  for (std::size_t tries = 0; tries < count; tries++) {
    next = next >= count ? 0 : (next + 1) % count;
    if (rects[next]->width > 0) return hold_splitter(splitters[next]);
  }
}

void Shell::hold_splitter(const char* name) {
  held_splitter_ = name;
  ImGui::SetWindowFocus(name);
  mirror_.news(std::string("Splitter ") + name + ": arrow keys move it, Enter leaves it");
}

// Whether this splitter is held; its window is the one that is drawn.
bool Shell::hold_by_keys(const char* name) {
  if (held_splitter_ != name) return false;
  const bool is_left = ImGui::IsKeyPressed(ImGuiKey_Escape) ||
                       ImGui::IsKeyPressed(ImGuiKey_Enter) || !ImGui::IsWindowFocused() ||
                       ImGui::IsAnyMouseDown();
  if (!is_left) return true;
  held_splitter_.clear();
  return false;
}

ImVec2 Shell::step_of_keys(bool vertical) const {
  const auto pressed = [](ImGuiKey less, ImGuiKey more) {
    return (ImGui::IsKeyPressed(more) ? 1.0f : 0.0f) - (ImGui::IsKeyPressed(less) ? 1.0f : 0.0f);
  };
  const float step = key_step * scale_;
  if (vertical) return {step * pressed(ImGuiKey_LeftArrow, ImGuiKey_RightArrow), 0};
  return {0, step * pressed(ImGuiKey_UpArrow, ImGuiKey_DownArrow)};
}

void Shell::draw_splitters(const ShellLayout& layout, float width, float height) {
  const auto splitter = [&](const char* name, const Rect& rect, bool vertical, auto&& drag) {
    if (rect.width <= 0 || rect.height <= 0) return;
    ImGui::SetNextWindowPos(ImVec2(rect.x, rect.y));
    ImGui::SetNextWindowSize(ImVec2(rect.width, rect.height));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1, 1));
    ImGui::PushStyleColor(ImGuiCol_WindowBg, paint(theme_->background));
    ImGui::Begin(name, nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                     ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav);
    ImGui::InvisibleButton("grip", ImVec2(rect.width, rect.height));
    touch_.claim();
    const bool held = hold_by_keys(name);
    const bool active = held || ImGui::IsItemActive();
    if (!held && (active || ImGui::IsItemHovered())) {
      ImGui::SetMouseCursor(vertical ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
    }
    ImDrawList& draw = *ImGui::GetWindowDrawList();
    const ImU32 color = paint(active ? theme_->accent : theme_->line);
    if (vertical) {
      const float x = rect.x + rect.width / 2;
      draw.AddLine(ImVec2(x, rect.y), ImVec2(x, rect.bottom()), color, std::max(1.0f, scale_));
    } else {
      const float y = rect.y + rect.height / 2;
      draw.AddLine(ImVec2(rect.x, y), ImVec2(rect.right(), y), color, std::max(1.0f, scale_));
    }
    if (held) {
      const ImVec2 step = step_of_keys(vertical);
      if (step.x != 0 || step.y != 0) {
        splits_ = drag(ImVec2(rect.x + rect.width / 2 + step.x, rect.y + rect.height / 2 + step.y));
        app_.host().store("splits", splits_text(splits_));
      }
    } else if (active) {
      splits_ = drag(ImGui::GetMousePos());
    }
    if (ImGui::IsItemDeactivated()) app_.host().store("splits", splits_text(splits_));
    mirror_.button(name,
                   std::string("Splitter ") + name + (held ? ", moved with the arrow keys" : ""),
                   rect, true);
    if (mirror_.take_activation(name)) hold_splitter(name);
    ImGui::End();
    ImGui::PopStyleColor();
    ImGui::PopStyleVar(2);
  };
  splitter("split.left", layout.split_left, true,
           [&](ImVec2 mouse) { return drag_left(splits_, mouse.x, width); });
  splitter("split.right", layout.split_right, true,
           [&](ImVec2 mouse) { return drag_right(splits_, mouse.x, width); });
  splitter("split.bottom", layout.split_bottom, false,
           [&](ImVec2 mouse) { return drag_bottom(splits_, mouse.y, height); });
  splitter("split.left_lower", layout.split_left_lower, false,
           [&](ImVec2 mouse) { return drag_left_lower(splits_, mouse.y, layout); });
}

}  // namespace canopy::ui
