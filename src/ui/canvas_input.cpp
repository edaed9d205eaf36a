#include "ui/canvas_input.h"

#include <imgui_internal.h>

#include <cmath>

namespace canopy::ui {

namespace {

void move_by_keys(const CanvasInput::Gesture& gesture, const Rect& canvas, Axis& axis) {
  const auto width = static_cast<double>(canvas.width);
  const auto middle = static_cast<double>(gesture.is_hovered ? gesture.x : canvas.width / 2);
  const double step = width / 12;
  if (ImGui::IsKeyPressed(ImGuiKey_A)) axis.pan(step, width);
  if (ImGui::IsKeyPressed(ImGuiKey_D)) axis.pan(-step, width);
  if (ImGui::IsKeyPressed(ImGuiKey_W)) axis.zoom(1.4, middle, width);
  if (ImGui::IsKeyPressed(ImGuiKey_S)) axis.zoom(1 / 1.4, middle, width);
}

}  // namespace

CanvasInput::Gesture CanvasInput::update(const Frame& frame, const char* name, const Rect& canvas,
                                         Axis& axis) {
  ImGui::InvisibleButton(name, ImVec2(canvas.width, canvas.height),
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight |
                             ImGuiButtonFlags_MouseButtonMiddle);
  frame.touch.claim();
  focus_mark(frame);
  const auto width = static_cast<double>(canvas.width);
  const ImGuiIO& io = ImGui::GetIO();
  const Pinch& pinch = frame.touch.pinch();
  if (pinch.is_there && canvas.contains(pinch.x, pinch.y)) {
    axis.pan(static_cast<double>(pinch.dx), width);
    axis.zoom(static_cast<double>(pinch.zoom), static_cast<double>(pinch.x - canvas.x), width);
  }
  Gesture gesture;
  // While keys are used the pointer is wherever it was left.
  gesture.is_hovered = ImGui::IsItemHovered() && !ImGui::GetCurrentContext()->NavDisableMouseHover;
  gesture.x = io.MousePos.x - canvas.x;
  gesture.y = io.MousePos.y - canvas.y;
  if (gesture.is_hovered && io.MouseWheel != 0) {
    axis.zoom(std::pow(1.25, static_cast<double>(io.MouseWheel)), static_cast<double>(gesture.x),
              width);
  }
  if (gesture.is_hovered && io.MouseWheelH != 0) {
    axis.pan(static_cast<double>(io.MouseWheelH) * 60 * static_cast<double>(frame.scale), width);
  }
  if (ImGui::IsItemActivated()) drag_distance_ = 0;
  if (ImGui::IsItemActive()) {
    drag_distance_ += std::abs(io.MouseDelta.x) + std::abs(io.MouseDelta.y);
    is_panning_ = drag_distance_ > frame.px(frame.is_touch ? 10 : 4);
    if (is_panning_) {
      axis.pan(static_cast<double>(io.MouseDelta.x), width);
      ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeAll);
    }
  } else {
    gesture.clicked = ImGui::IsItemDeactivated() && gesture.is_hovered && !is_panning_ &&
                      ImGui::IsMouseReleased(ImGuiMouseButton_Left);
    is_panning_ = false;
  }
  gesture.double_clicked = gesture.is_hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left);
  if (gesture.is_hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Middle)) axis.fit_all();
  if (!io.WantTextInput && !ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup) &&
      (gesture.is_hovered || ImGui::IsWindowFocused())) {
    move_by_keys(gesture, canvas, axis);
  }
  return gesture;
}

}  // namespace canopy::ui
