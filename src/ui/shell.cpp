#include "ui/shell.h"

#include <algorithm>

#include "ui/describe.h"
#include "ui/panels.h"

namespace canopy::ui {

struct Panels {
  StartPanel start;
  SubvolumesPanel subvolumes;
  SendPanel send;
  TreesPanel trees;
  InspectorPanel inspector;
  CommandsPanel commands;
  LogPanel log;
  int middle_tab = 0;
  int table_tab = 0;
  const Session* session = nullptr;  // that the panels show
};

Shell::Shell(App& app) : app_(app), panels_(std::make_unique<Panels>()) {}
Shell::~Shell() = default;

void Shell::set_font(u32 kind, std::vector<u8> bytes) {
  if (kind < font_file_count) font_files_[kind] = std::move(bytes);
}

void Shell::make_fonts(float scale) {
  scale_ = scale;
  fonts_ = ui::make_fonts(font_files_, scale);
  restyle();
}

void Shell::set_system_theme(bool dark) {
  if (chosen_dark_) return;
  theme_ = dark ? &dark_theme() : &light_theme();
  restyle();
}

void Shell::choose_theme(bool dark) {
  chosen_dark_ = dark;
  theme_ = dark ? &dark_theme() : &light_theme();
  restyle();
}

void Shell::restyle() { apply_style(*theme_, scale_); }

int Shell::frame() {
  const ImGuiIO& io = ImGui::GetIO();
  mirror_.begin_frame(scale_);
  const Frame frame{app_, mirror_, *theme_, fonts_, scale_};
  ImGui::PushFont(fonts_.text);
  handle_keys();
  const ShellLayout layout = layout_shell(io.DisplaySize.x, io.DisplaySize.y, scale_, splits_);
  draw_bar(frame, layout.bar);
  if (app_.session() != nullptr) {
    draw_image(frame, layout);
  } else {
    const Rect body{0, layout.bar.bottom(), io.DisplaySize.x, io.DisplaySize.y - layout.bar.height};
    panels_->start.draw(frame, body, drag_);
  }
  draw_pending_open(frame);
  if (drag_ && app_.session() != nullptr) draw_drop_target(frame);
  ImGui::PopFont();
  if (messages_told_ != app_.messages().size() && !app_.messages().empty()) {
    messages_told_ = app_.messages().size();
    mirror_.news(app_.messages().back().text);
  }
  mirror_changed_ = mirror_.end_frame();
  return next_frame_in();
}

// ImGui needs a second frame after most events: what the first one changed is laid out in the next.
int Shell::next_frame_in() const {
  const ImGuiIO& io = ImGui::GetIO();
  static float settle = 0;
  const bool mouse_is_down = ImGui::IsAnyMouseDown();
  if (mirror_changed_ || mouse_is_down || io.MouseDelta.x != 0 || io.MouseDelta.y != 0 ||
      io.MouseWheel != 0) {
    settle = 3;
  }
  if (settle > 0) {
    settle--;
    return 0;
  }
  return -1;
}

void Shell::handle_keys() {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.WantTextInput) return;
  if (ImGui::IsKeyPressed(ImGuiKey_LeftArrow) && io.KeyAlt) app_.go_back();
  if (ImGui::IsKeyPressed(ImGuiKey_RightArrow) && io.KeyAlt) app_.go_forward();
}

void Shell::draw_bar(const Frame& frame, const Rect& rect) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(12), frame.px(6)));
  begin_panel(frame, "Bar", rect);
  ImGui::PopStyleVar();
  ImGui::AlignTextToFramePadding();
  heading(frame, "Canopy");
  ImGui::SameLine(0, frame.px(16));
  if (button(frame, "bar.open", std::string(icon::folder_opened) + "  Open image",
             ButtonKind::quiet)) {
    app_.host().choose_files();
  }
  ImGui::SameLine(0, frame.px(4));
  if (button(frame, "bar.sample", std::string(icon::beaker) + "  Sample", ButtonKind::quiet)) {
    app_.host().open_sample();
  }
  if (app_.session() != nullptr) {
    ImGui::SameLine(0, frame.px(12));
    if (icon_button(frame, "bar.back", icon::arrow_left, "Back (Alt+Left)", app_.can_go_back())) {
      app_.go_back();
    }
    ImGui::SameLine(0, 0);
    if (icon_button(frame, "bar.forward", icon::arrow_right, "Forward (Alt+Right)",
                    app_.can_go_forward())) {
      app_.go_forward();
    }
    ImGui::SameLine(0, frame.px(8));
    ImGui::AlignTextToFramePadding();
    const bool opening = app_.is_opening();
    const std::string where = opening ? "Opening " + app_.opening_name() + "…"
                                      : describe_selection(app_.session()->summary(),
                                                           app_.image_name(), app_.selection());
    secondary_text(frame, where);
    frame.mirror.text("bar.where", where);
    if (!app_.open_problem().empty()) {
      ImGui::SameLine(0, frame.px(16));
      ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.error_text));
      const std::string problem =
          std::string(icon::error) + "  " + app_.opening_name() + " could not be opened";
      ImGui::TextUnformatted(problem.c_str());
      ImGui::PopStyleColor();
      hint(frame, app_.open_problem());
      ImGui::SameLine();
      if (icon_button(frame, "bar.dismiss", icon::close, "Dismiss")) app_.dismiss_problem();
    }
  }
  ImGui::SameLine(rect.width - frame.px(12 + 28));
  if (icon_button(frame, "bar.theme", icon::color_mode,
                  theme_->dark ? "Light theme" : "Dark theme")) {
    choose_theme(!theme_->dark);
    app_.host().store("theme", theme_->dark ? "dark" : "light");
  }
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddLine(ImVec2(rect.x, rect.bottom() - 0.5f), ImVec2(rect.right(), rect.bottom() - 0.5f),
               paint(frame.theme.line));
  end_panel();
}

void Shell::draw_image(const Frame& frame, const ShellLayout& layout) {
  Panels& panels = *panels_;
  if (panels.session != app_.session()) {
    panels.session = app_.session();
    panels.trees.reset();
  }
  panels.subvolumes.draw(frame, layout.left_upper);
  panels.send.draw(frame, layout.left_lower);
  panels.trees.draw(frame, layout.canvas);
  panels.inspector.draw(frame, layout.inspector);

  begin_panel(frame, "Tables", layout.tables);
  ImGui::SetCursorPos(ImVec2(frame.px(4), frame.px(2)));
  tabs(frame, "tables", {"Stream commands", "Log"}, panels.table_tab);
  if (panels.table_tab == 0) {
    panels.commands.draw(frame);
  } else {
    panels.log.draw(frame);
  }
  end_panel();
  draw_splitters(layout, ImGui::GetIO().DisplaySize.x, ImGui::GetIO().DisplaySize.y);
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
    const bool active = ImGui::IsItemActive();
    if (active || ImGui::IsItemHovered()) {
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
    if (active) splits_ = drag(ImGui::GetMousePos());
    mirror_.button(name, std::string("Splitter ") + name, rect, true);
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

void Shell::draw_pending_open(const Frame& frame) {
  constexpr const char* title = "Open another image?";
  if (app_.pending_open() && !ImGui::IsPopupOpen(title)) ImGui::OpenPopup(title);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(screen.x / 2, screen.y / 2), ImGuiCond_Always, ImVec2(0.5f, 0.5f));
  ImGui::SetNextWindowSize(ImVec2(frame.px(440), 0));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(20), frame.px(16)));
  const bool open = ImGui::BeginPopupModal(title, nullptr,
                                           ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove);
  ImGui::PopStyleVar();
  if (!open) return;
  if (!app_.pending_open()) {
    ImGui::CloseCurrentPopup();
  } else {
    heading(frame, title);
    wrapped_text(frame,
                 app_.pending_open()->name + " takes the place of " + app_.image_name() +
                     ". A send that is running is cancelled.",
                 frame.theme.text);
    ImGui::Dummy(ImVec2(0, frame.px(8)));
    if (button(frame, "replace.open", "Open it", ButtonKind::primary))
      app_.answer_pending_open(true);
    ImGui::SameLine();
    if (button(frame, "replace.keep", "Keep the image") || ImGui::IsKeyPressed(ImGuiKey_Escape)) {
      app_.answer_pending_open(false);
    }
  }
  ImGui::EndPopup();
}

void Shell::draw_drop_target(const Frame& frame) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImDrawList& draw = *ImGui::GetForegroundDrawList();
  draw.AddRectFilled(ImVec2(0, 0), screen, paint(with_alpha(theme_->background, 200)));
  const float inset = frame.px(16);
  draw.AddRect(ImVec2(inset, inset), ImVec2(screen.x - inset, screen.y - inset),
               paint(theme_->accent), frame.px(size::rounding), 0, frame.px(2));
  const char* text = "Drop to open this image instead";
  const ImVec2 extent = fonts_.heading->CalcTextSizeA(fonts_.heading->FontSize, 1e9f, 0, text);
  draw.AddText(fonts_.heading, fonts_.heading->FontSize,
               ImVec2((screen.x - extent.x) / 2, (screen.y - extent.y) / 2), paint(theme_->text),
               text);
}

}  // namespace canopy::ui
