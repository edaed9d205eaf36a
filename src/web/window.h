// The window: SDL's events, a WebGL 2 context, and ImGui on both. ImGui works in physical pixels
// (ui::scale of them to a CSS pixel), so that text is rasterized for the pixels it is shown on.
#pragma once

#include <SDL.h>

#include <string>

#include "ui/host.h"
#include "ui/pinch.h"
#include "web/canvas_painter.h"

namespace canopy {

class Window {
 public:
  // False, with the reason in `problem`, if there is no window.
  bool open(std::string& problem);
  // In CSS pixels, and how many physical ones each has.
  void resize(int width, int height, double ratio);
  double ratio() const { return ratio_; }
  GlCanvasPainter& painter() { return painter_; }

  // Hands the events that came to ImGui and begins its frame.
  void begin_frame();
  // Paints what ImGui drew, over this background.
  void end_frame(float red, float green, float blue);
  // The atlas changed: its texture is made anew.
  void renew_fonts();
  // What two fingers did since the last call.
  ui::Pinch take_pinch() { return pinch_.take(); }
  // Text that the browser pasted: put where the cursor is.
  void paste(std::string text);
  // What an on-screen keyboard typed into the field that is edited.
  static void type(int back, const char* text);
  static void strike(const std::string& key);
  static bool wants_text();

 private:
  bool take_finger(const SDL_Event& event);

  SDL_Window* window_ = nullptr;
  SDL_GLContext context_ = nullptr;
  GlCanvasPainter painter_;
  int width_ = 0, height_ = 0;
  double ratio_ = 1;
  int shown_cursor_ = -1;
  ui::PinchTracker pinch_;
};

// Copies through the browser from now on. REQUIRES: the window is open; `host` outlives it.
void use_browser_clipboard(ui::Host& host);

}  // namespace canopy
