// The page on a window as small as a phone's: one part at a time, and below it a switcher.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ui/panels.h"
#include "ui/shell.h"
#include "ui/text.h"

namespace canopy::ui {

const SectionName& section_name(Section section) {
  static constexpr std::array<SectionName, section_count> names = {{
      {"Image", icon::database, "Go to the subvolumes", "Filesystem"},
      {"Views", icon::tree, "Go to the view", ""},
      {"Inspector", icon::info, "Go to the inspector", "Inspector"},
      {"Jobs", icon::play, "Go to the jobs", "Jobs"},
      {"Tables", icon::checklist, "Go to the tables", "Tables"},
  }};
  return names[static_cast<std::size_t>(section)];
}

void Shell::show_section(Section section) {
  panels_->section = section;
  const char* window = section_name(section).window;
  ImGui::SetWindowFocus(*window == 0 ? view_names()[static_cast<std::size_t>(app_.view())].c_str()
                                     : window);
}

// What is searched or was chosen elsewhere is shown, as on a large window, where it is beside.
void Shell::follow_in_single() {
  Panels& panels = *panels_;
  if (const auto place = app_.take_revealed()) {
    panels.trees.show_place(*place);
    if (panels.section != Section::inspector) panels.section = Section::views;
  }
  if (app_.view() != panels.seen_view) panels.section = Section::views;
  panels.seen_view = app_.view();
  if (panels.section == Section::inspector) panels.seen_selection = app_.selection();
}

void Shell::draw_single(const Frame& frame, const ShellLayout& layout) {
  follow_in_single();
  switch (panels_->section) {
    case Section::image:
      draw_single_image(frame, layout.left_upper);
      break;
    case Section::views:
      draw_view(frame, layout.canvas);
      break;
    case Section::inspector:
      panels_->inspector.draw(frame, layout.inspector);
      break;
    case Section::jobs:
      draw_jobs(frame, layout.left_lower);
      break;
    case Section::tables:
      draw_tables(frame, layout.tables);
      break;
  }
  std::vector<SwitcherPart> parts;
  for (std::size_t i = 0; i < section_count; i++) {
    const auto section = static_cast<Section>(i);
    parts.push_back({section, section_name(section).name});
  }
  draw_switcher(frame, layout.switcher, parts);
}

// The subvolumes, and below them what is done with the one that is chosen.
void Shell::draw_single_image(const Frame& frame, const Rect& rect) {
  const float below = frame.control() + frame.px(16);
  const Rect upper{rect.x, rect.y, rect.width, std::max(rect.height - below, 0.0f)};
  panels_->subvolumes.draw(frame, upper);
  begin_panel(frame, "Chosen", {rect.x, upper.bottom(), rect.width, rect.height - upper.height});
  const bool is_chosen = app_.form.subvolume != 0;
  if (button(frame, "chosen.send", std::string(icon::play) + "  Send it…", ButtonKind::primary,
             is_chosen)) {
    panels_->job_tab = 0;
    show_section(Section::jobs);
  }
  ImGui::SameLine();
  if (button(frame, "chosen.files", std::string(icon::folder) + "  Its files", ButtonKind::normal,
             is_chosen)) {
    app_.show(View::files);
    show_section(Section::views);
  }
  end_panel();
}

void Shell::draw_switcher(const Frame& frame, const Rect& rect,
                          const std::vector<SwitcherPart>& parts) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  begin_panel(frame, "Switcher", rect);
  ImGui::PopStyleVar();
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddLine(ImVec2(rect.x, rect.y), ImVec2(rect.right(), rect.y), paint(frame.theme.line));
  const auto count = static_cast<float>(parts.size());
  for (std::size_t i = 0; i < parts.size(); i++) {
    const auto& [section, shown_as] = parts[i];
    const SectionName& part = section_name(section);
    const float left = std::round(rect.width * static_cast<float>(i) / count);
    const float right = std::round(rect.width * static_cast<float>(i + 1) / count);
    ImGui::SetCursorPos(ImVec2(left, 0));
    bool pressed = ImGui::InvisibleButton(part.name, ImVec2(right - left, rect.height));
    pressed = mirror_item(frame, fmt::format("section.{}", part.name), shown_as) || pressed;
    if (pressed) show_section(section);
    const bool is_shown = section == panels_->section;
    const Color ink = is_shown ? frame.theme.accent : frame.theme.secondary;
    const float middle = rect.x + (left + right) / 2;
    const ImVec2 icon_size = ImGui::CalcTextSize(part.icon);
    const ImVec2 name_size = ImGui::CalcTextSize(shown_as);
    draw.AddText(ImVec2(std::round(middle - icon_size.x / 2), rect.y + frame.px(7)), paint(ink),
                 part.icon);
    draw.AddText(
        ImVec2(std::round(middle - name_size.x / 2), rect.bottom() - frame.px(7) - name_size.y),
        paint(is_shown ? frame.theme.text : frame.theme.secondary), shown_as);
    if (is_shown) {
      draw.AddRectFilled(ImVec2(rect.x + left + frame.px(12), rect.y),
                         ImVec2(rect.x + right - frame.px(12), rect.y + frame.px(2)), paint(ink));
    }
    // Something else was selected since the inspector was looked at.
    if (section == Section::inspector && !is_shown &&
        !(app_.selection() == panels_->seen_selection)) {
      draw.AddCircleFilled(ImVec2(middle + icon_size.x, rect.y + frame.px(10)), frame.px(4),
                           paint(frame.theme.accent));
    }
  }
  end_panel();
}

// Two rows: buttons, and where one is.
void Shell::draw_single_bar(const Frame& frame, const Rect& rect) {
  if (app_.session() != nullptr && panels_->shows_search) return draw_single_search(frame, rect);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(8), frame.px(2)));
  begin_panel(frame, "Bar", rect);
  ImGui::PopStyleVar();
  const bool open = app_.session() != nullptr;
  if (icon_button(frame, "bar.open", icon::folder_opened, "Open image")) {
    app_.host().choose_files();
  }
  if (open) {
    ImGui::SameLine(0, 0);
    if (icon_button(frame, "bar.back", icon::arrow_left, "Back", app_.can_go_back())) {
      app_.go_back();
    }
    ImGui::SameLine(0, 0);
    if (icon_button(frame, "bar.forward", icon::arrow_right, "Forward", app_.can_go_forward())) {
      app_.go_forward();
    }
  }
  const int buttons = open ? 4 : 3;
  ImGui::SameLine(rect.width - frame.px(8) - static_cast<float>(buttons) * frame.control());
  if (open) {
    if (icon_button(frame, "bar.find", icon::search, "Search a path, inode, key or address")) {
      panels_->shows_search = panels_->focus_search = true;
    }
    ImGui::SameLine(0, 0);
  }
  draw_commands_of_bar(frame, true);
  ImGui::SetCursorPos(ImVec2(frame.px(12), frame.px(2) + frame.control()));
  if (open || has_stream_alone()) {
    draw_where(frame, rect, rect.width - frame.px(12));
  } else {
    heading(frame, "Canopy");
  }
  ImGui::GetWindowDrawList()->AddLine(ImVec2(rect.x, rect.bottom() - 0.5f),
                                      ImVec2(rect.right(), rect.bottom() - 0.5f),
                                      paint(frame.theme.line));
  end_panel();
}

void Shell::draw_single_search(const Frame& frame, const Rect& rect) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(8), frame.px(2)));
  begin_panel(frame, "Bar", rect);
  ImGui::PopStyleVar();
  bool done = icon_button(frame, "bar.find_end", icon::close, "End the search");
  ImGui::SameLine(0, frame.px(4));
  ImGui::SetNextItemWidth(-1);
  done = draw_search_field(frame) || done;
  done = ImGui::IsKeyPressed(ImGuiKey_Escape) || done;
  ImGui::SetCursorPos(ImVec2(frame.px(12), frame.px(2) + frame.control()));
  secondary_text(frame, "home/notes   256/257   (257 INODE_ITEM 0)   30408704");
  if (done) panels_->shows_search = false;
  end_panel();
}

}  // namespace canopy::ui
