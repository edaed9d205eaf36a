// Fingers in the place of a mouse: who drags moves what is scrolled, who holds reads the hint, and
// neither presses what is below the finger. Canvases move by themselves and claim their drags; what
// two fingers do is handed on to them.
#pragma once

#include <vector>

#include "imgui.h"
#include "ui/pinch.h"

namespace canopy::ui {

class Touch {
 public:
  // Once a frame, before anything is drawn.
  void begin_frame(float scale, const Pinch& pinch);
  // The last ImGui item moves by itself when it is dragged.
  void claim() { claims_.push_back(ImGui::GetItemID()); }
  // Whether what is under the pointer is to be explained: under a finger only once it has stayed,
  // and then it will not be pressed.
  bool wants_hint();
  const Pinch& pinch() const { return pinch_; }

 private:
  void drag(float scale);

  Pinch pinch_;
  std::vector<ImGuiID> claims_;       // of the frame that is drawn
  std::vector<ImGuiID> last_claims_;  // of the frame before
  ImVec2 pressed_at_ = {};
  float held_seconds_ = 0;
  bool was_dragged_ = false;
  ImGuiID scrolled_ = 0;  // the window that is dragged
};

}  // namespace canopy::ui
