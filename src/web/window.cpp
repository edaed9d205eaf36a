#include "web/window.h"

#include <GLES3/gl3.h>

#include <algorithm>

#include "imgui.h"
#include "imgui_impl_opengl3.h"
#include "imgui_impl_sdl2.h"
#include "web/host.h"

namespace canopy {

namespace {

// What was copied or pasted last: ImGui asks for it at once, and the browser only answers later.
std::string clipboard;

void set_clipboard(void* host, const char* text) {
  clipboard = text;
  static_cast<ui::Host*>(host)->copy(clipboard);
}

const char* get_clipboard(void*) { return clipboard.c_str(); }

const char* cursor_name(ImGuiMouseCursor cursor) {
  switch (cursor) {
    case ImGuiMouseCursor_TextInput:
      return "text";
    case ImGuiMouseCursor_ResizeAll:
      return "grabbing";
    case ImGuiMouseCursor_ResizeNS:
      return "ns-resize";
    case ImGuiMouseCursor_ResizeEW:
      return "ew-resize";
    case ImGuiMouseCursor_Hand:
      return "pointer";
    case ImGuiMouseCursor_NotAllowed:
      return "not-allowed";
    default:
      return "default";
  }
}

}  // namespace

bool Window::open(std::string& problem) {
  SDL_SetHint(SDL_HINT_EMSCRIPTEN_KEYBOARD_ELEMENT, "#canvas");
  SDL_SetHint(SDL_HINT_EMSCRIPTEN_ASYNCIFY, "0");
  if (SDL_Init(SDL_INIT_VIDEO) != 0) {
    problem = SDL_GetError();
    return false;
  }
  SDL_GL_SetAttribute(SDL_GL_CONTEXT_PROFILE_MASK, SDL_GL_CONTEXT_PROFILE_ES);
  SDL_GL_SetAttribute(SDL_GL_CONTEXT_MAJOR_VERSION, 3);
  SDL_GL_SetAttribute(SDL_GL_CONTEXT_MINOR_VERSION, 0);
  window_ = SDL_CreateWindow("Canopy", 0, 0, 1280, 800,
                             SDL_WINDOW_OPENGL | SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
  if (window_ != nullptr) context_ = SDL_GL_CreateContext(window_);
  if (context_ == nullptr) {
    problem = SDL_GetError();
    return false;
  }
  SDL_GL_MakeCurrent(window_, context_);
  if (!painter_.open(problem)) return false;
  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard | ImGuiConfigFlags_NoMouseCursorChange;
  io.ConfigInputTextCursorBlink = false;  // blinking would draw frames while nothing happens
  io.MouseDrawCursor = false;
  io.MouseDoubleClickTime = 0.5f;  // as desktops have it
  ImGui_ImplSDL2_InitForOpenGL(window_, context_);
  ImGui_ImplOpenGL3_Init("#version 300 es");
  return true;
}

void Window::resize(int width, int height, double ratio) {
  width_ = width;
  height_ = height;
  ratio_ = ratio;
  SDL_SetWindowSize(window_, width, height);
}

// A finger alone comes as a mouse, too, which is what ImGui gets; two are a pinch, and then the
// mouse has left. True: there is nothing else to do about the event.
bool Window::take_finger(const SDL_Event& event) {
  ImGuiIO& io = ImGui::GetIO();
  const auto leave = [&io] {
    io.AddMouseSourceEvent(ImGuiMouseSource_TouchScreen);
    io.AddMousePosEvent(-FLT_MAX, -FLT_MAX);
  };
  switch (event.type) {
    case SDL_FINGERDOWN:
    case SDL_FINGERMOTION: {
      const bool before = pinch_.is_pinching();
      const auto scale = static_cast<float>(ratio_);
      pinch_.put(event.tfinger.fingerId, event.tfinger.x * static_cast<float>(width_) * scale,
                 event.tfinger.y * static_cast<float>(height_) * scale);
      if (!before && pinch_.is_pinching()) {
        leave();
        io.AddMouseButtonEvent(ImGuiMouseButton_Left, false);
      }
      return true;
    }
    case SDL_FINGERUP:
      // Where there is no finger, nothing is under one.
      if (!pinch_.is_pinching()) leave();
      pinch_.lift(event.tfinger.fingerId);
      return true;
    case SDL_MOUSEMOTION:
      return pinch_.is_pinching() && event.motion.which == SDL_TOUCH_MOUSEID;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
      // Where the last touch was, SDL sees no motion; but for ImGui the finger had left.
      if (event.button.which == SDL_TOUCH_MOUSEID && !pinch_.is_pinching()) {
        const auto scale = static_cast<float>(ratio_);
        io.AddMouseSourceEvent(ImGuiMouseSource_TouchScreen);
        io.AddMousePosEvent(static_cast<float>(event.button.x) * scale,
                            static_cast<float>(event.button.y) * scale);
      }
      return pinch_.is_pinching() && event.button.which == SDL_TOUCH_MOUSEID;
    default:
      return false;
  }
}

void Window::begin_frame() {
  const auto scale = static_cast<float>(ratio_);
  painter_.begin_frame(scale);
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) {
    if (take_finger(event)) continue;
    if (event.type == SDL_MOUSEMOTION) {
      // From CSS pixels to the physical ones that ImGui works in.
      ImGui::GetIO().AddMouseSourceEvent(event.motion.which == SDL_TOUCH_MOUSEID
                                             ? ImGuiMouseSource_TouchScreen
                                             : ImGuiMouseSource_Mouse);
      ImGui::GetIO().AddMousePosEvent(static_cast<float>(event.motion.x) * scale,
                                      static_cast<float>(event.motion.y) * scale);
      continue;
    }
    ImGui_ImplSDL2_ProcessEvent(&event);
  }
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplSDL2_NewFrame();
  ImGuiIO& io = ImGui::GetIO();
  int pixel_width = 0, pixel_height = 0;
  SDL_GL_GetDrawableSize(window_, &pixel_width, &pixel_height);
  io.DisplaySize = ImVec2(static_cast<float>(pixel_width), static_cast<float>(pixel_height));
  io.DisplayFramebufferScale = ImVec2(1, 1);
  // Without frames between two events, the time between them is not a frame's. Two clicks are no
  // double click for that.
  const float passed = io.DeltaTime;
  io.DeltaTime = std::min(io.DeltaTime, 1.0f / 20);
  for (double& clicked : io.MouseClickedTime)
    clicked -= static_cast<double>(passed - io.DeltaTime);
  // Fingers are not as exact as mice.
  const bool is_touch = io.MouseSource == ImGuiMouseSource_TouchScreen;
  io.MouseDoubleClickMaxDist = (is_touch ? 24.0f : 6.0f) * scale;
  ImGui::NewFrame();
}

void Window::end_frame(float red, float green, float blue) {
  ImGui::Render();
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  glViewport(0, 0, static_cast<GLsizei>(size.x), static_cast<GLsizei>(size.y));
  glClearColor(red, green, blue, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  SDL_GL_SwapWindow(window_);
  const int cursor = ImGui::GetMouseCursor();
  if (cursor != shown_cursor_) {
    shown_cursor_ = cursor;
    BrowserHost::set_cursor(cursor_name(cursor));
  }
}

void Window::renew_fonts() {
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
}

void Window::paste(std::string text) {
  clipboard = std::move(text);
  ImGuiIO& io = ImGui::GetIO();
  for (const bool down : {true, false}) {
    io.AddKeyEvent(ImGuiMod_Ctrl, down);
    io.AddKeyEvent(ImGuiKey_V, down);
  }
}

void Window::type(int back, const char* text) {
  ImGuiIO& io = ImGui::GetIO();
  if (back < 0) {
    for (const bool down : {true, false}) {
      io.AddKeyEvent(ImGuiMod_Ctrl, down);
      io.AddKeyEvent(ImGuiKey_A, down);
    }
    back = 1;
  }
  for (int i = 0; i < back; i++) {
    io.AddKeyEvent(ImGuiKey_Backspace, true);
    io.AddKeyEvent(ImGuiKey_Backspace, false);
  }
  io.AddInputCharactersUTF8(text);
}

void Window::strike(const std::string& key) {
  const ImGuiKey known = key == "Enter"    ? ImGuiKey_Enter
                         : key == "Escape" ? ImGuiKey_Escape
                         : key == "Tab"    ? ImGuiKey_Tab
                                           : ImGuiKey_None;
  if (known == ImGuiKey_None) return;
  ImGui::GetIO().AddKeyEvent(known, true);
  ImGui::GetIO().AddKeyEvent(known, false);
}

bool Window::wants_text() { return ImGui::GetIO().WantTextInput; }

void use_browser_clipboard(ui::Host& host) {
  ImGuiIO& io = ImGui::GetIO();
  io.SetClipboardTextFn = set_clipboard;
  io.GetClipboardTextFn = get_clipboard;
  io.ClipboardUserData = &host;
}

}  // namespace canopy
