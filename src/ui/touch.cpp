#include "ui/touch.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

namespace canopy::ui {

namespace {

constexpr float least_drag = 8;  // CSS pixels
constexpr float long_press_seconds = 0.45f;

// The innermost window under the finger that has more than it shows in the direction of the drag.
ImGuiWindow* find_scrolled(ImGuiWindow* window, bool vertical) {
  while (window != nullptr) {
    if ((vertical ? window->ScrollMax.y : window->ScrollMax.x) > 0) return window;
    if ((window->Flags & ImGuiWindowFlags_ChildWindow) == 0) return nullptr;
    window = window->ParentWindow;
  }
  return nullptr;
}

bool is_scrollbar(ImGuiID id, ImGuiWindow* window) {
  return window != nullptr && id != 0 &&
         (id == ImGui::GetWindowScrollbarID(window, ImGuiAxis_X) ||
          id == ImGui::GetWindowScrollbarID(window, ImGuiAxis_Y));
}

}  // namespace

void Touch::begin_frame(float scale, const Pinch& pinch) {
  pinch_ = pinch;
  last_claims_.swap(claims_);
  claims_.clear();
  const ImGuiIO& io = ImGui::GetIO();
  if (io.MouseSource != ImGuiMouseSource_TouchScreen || !ImGui::IsMouseDown(0)) {
    scrolled_ = 0;
    held_seconds_ = 0;
    was_dragged_ = false;
    return;
  }
  if (ImGui::IsMouseClicked(0)) pressed_at_ = io.MousePos;
  held_seconds_ += io.DeltaTime;
  drag(scale);
}

void Touch::drag(float scale) {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  const ImGuiIO& io = ImGui::GetIO();
  const float dx = io.MousePos.x - pressed_at_.x;
  const float dy = io.MousePos.y - pressed_at_.y;
  if (!was_dragged_) {
    if (std::hypot(dx, dy) < least_drag * scale) return;
    was_dragged_ = true;
    if (std::ranges::count(last_claims_, g.ActiveId) > 0) return;
    if (is_scrollbar(g.ActiveId, g.ActiveIdWindow)) return;
    if (ImGuiWindow* window = find_scrolled(g.HoveredWindow, std::abs(dy) >= std::abs(dx))) {
      scrolled_ = window->ID;
      ImGui::ClearActiveID();
    }
    return;
  }
  if (ImGuiWindow* window = scrolled_ == 0 ? nullptr : ImGui::FindWindowByID(scrolled_)) {
    ImGui::SetScrollX(window,
                      std::clamp(window->Scroll.x - io.MouseDelta.x, 0.0f, window->ScrollMax.x));
    ImGui::SetScrollY(window,
                      std::clamp(window->Scroll.y - io.MouseDelta.y, 0.0f, window->ScrollMax.y));
  }
}

bool Touch::wants_hint() {
  if (ImGui::GetIO().MouseSource != ImGuiMouseSource_TouchScreen) return true;
  if (was_dragged_ || held_seconds_ < long_press_seconds) return false;
  if (ImGui::IsItemActive()) ImGui::ClearActiveID();
  return true;
}

}  // namespace canopy::ui
