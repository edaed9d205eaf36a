#include "ui/palette.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace canopy::ui {

namespace {

constexpr const char* commands_title = "Commands";
constexpr const char* keys_title = "Keys";
constexpr std::size_t most_shown = 12;

bool begin_sheet(const Frame& frame, const char* title, float width) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(screen.x / 2, frame.px(72)), ImGuiCond_Always, ImVec2(0.5f, 0));
  const float wide = std::min(frame.px(width), screen.x - frame.px(16));
  ImGui::SetNextWindowSizeConstraints(ImVec2(wide, 0), ImVec2(wide, screen.y - frame.px(72 + 16)));
  ImGui::SetNextWindowSize(ImVec2(wide, 0));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(12), frame.px(12)));
  const bool open = ImGui::BeginPopup(title, ImGuiWindowFlags_NoMove);
  ImGui::PopStyleVar();
  return open;
}

}  // namespace

const Action* Palette::draw(const Frame& frame, const std::vector<Action>& actions) {
  if (wanted_ != Shown::nothing) {
    ImGui::OpenPopup(wanted_ == Shown::commands ? commands_title : keys_title);
    query_.clear();
    chosen_ = 0;
    wanted_ = Shown::nothing;
  }
  const Action* const run = draw_commands(frame, actions);
  const Action* const helped = draw_keys(frame, actions);
  return run != nullptr ? run : helped;
}

const Action* Palette::draw_commands(const Frame& frame, const std::vector<Action>& actions) {
  is_open_ = false;
  if (!begin_sheet(frame, commands_title, 480)) return nullptr;
  is_open_ = true;
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  ImGui::SetNextItemWidth(-1);
  if (text_field(frame, "palette.query", "Command", "Type what you want to do", query_)) {
    chosen_ = 0;
  }
  std::vector<const Action*> found = find_actions(actions, query_);
  if (found.size() > most_shown) found.resize(most_shown);
  const int last = std::max(0, static_cast<int>(found.size()) - 1);
  if (ImGui::IsKeyPressed(ImGuiKey_DownArrow)) chosen_++;
  if (ImGui::IsKeyPressed(ImGuiKey_UpArrow)) chosen_--;
  chosen_ = std::clamp(chosen_, 0, last);
  const Action* run = nullptr;
  // The arrows move the choice here; the caret stays where one types.
  const float row_height = frame.row() + ImGui::GetStyle().ItemSpacing.y;
  ImGui::PushStyleVar(ImGuiStyleVar_SelectableTextAlign, ImVec2(0, 0.5f));
  ImGui::BeginChild("found", ImVec2(0, row_height * static_cast<float>(found.size())), 0,
                    ImGuiWindowFlags_NoNav);
  for (int i = 0; i < static_cast<int>(found.size()); i++) {
    const Action& action = *found[static_cast<std::size_t>(i)];
    ImGui::BeginDisabled(!action.enabled);
    const std::string id = fmt::format("  {}: {}##palette{}", action.group, action.title, i);
    bool pressed = ImGui::Selectable(id.c_str(), i == chosen_, ImGuiSelectableFlags_None,
                                     ImVec2(0, frame.row()));
    pressed =
        mirror_item(frame, fmt::format("palette.{}", i), action.title, action.enabled) || pressed;
    const Rect row = item_rect();
    const ImVec2 extent = ImGui::CalcTextSize(action.keys);
    ImGui::GetWindowDrawList()->AddText(ImVec2(row.right() - extent.x - frame.px(8),
                                               row.y + std::round((row.height - extent.y) / 2)),
                                        paint(frame.theme.secondary), action.keys);
    ImGui::EndDisabled();
    if (pressed && action.enabled) run = &action;
  }
  ImGui::EndChild();
  ImGui::PopStyleVar();
  if (found.empty()) empty_note(frame, "No command has these words.");
  if (ImGui::IsKeyPressed(ImGuiKey_Enter) && !found.empty() &&
      found[static_cast<std::size_t>(chosen_)]->enabled) {
    run = found[static_cast<std::size_t>(chosen_)];
  }
  if (run != nullptr || ImGui::IsKeyPressed(ImGuiKey_Escape)) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
  return run;
}

const Action* Palette::draw_keys(const Frame& frame, const std::vector<Action>& actions) {
  const Action* run = nullptr;
  if (!begin_sheet(frame, keys_title, 460)) return run;
  // What explains itself comes before the keys.
  for (const auto& [name, title] :
       {std::pair("keys.tour", "Take the tour"), std::pair("keys.types", "Types of items")}) {
    const auto known = std::ranges::find(actions, title, &Action::title);
    if (known == actions.end()) continue;
    if (button(frame, name, title, ButtonKind::normal, known->enabled)) run = &*known;
    ImGui::SameLine();
  }
  ImGui::NewLine();
  heading(frame, "Keys");
  std::vector<std::pair<std::string, std::string>> mirrored;
  const float column = frame.px(160);
  const auto line = [&](const std::string& keys, const std::string& what) {
    mono_text(frame, keys, frame.theme.text);
    ImGui::SameLine(column);
    text(frame, what);
    mirrored.push_back({keys, what});
  };
  const char* group = "";
  for (const Action& action : actions) {
    if (*action.keys == 0) continue;
    if (std::strcmp(group, action.group) != 0) {
      group = action.group;
      ImGui::Dummy(ImVec2(0, frame.px(4)));
      secondary_text(frame, group);
    }
    line(action.keys, action.title);
  }
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  secondary_text(frame, "In the trees");
  line("W A S D", "Zoom and move");
  line("Wheel", "Zoom where the pointer is");
  line("Drag", "Move");
  line("Double click", "Fit what is clicked");
  line("Two fingers", "Zoom and move");
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  secondary_text(frame, "In a panel");
  line("Tab, arrows", "Go from one part to the next");
  line("Enter, Space", "Press it");
  frame.mirror.list("keys", "Keys", mirrored);
  if (run != nullptr || ImGui::IsKeyPressed(ImGuiKey_Escape)) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
  return run;
}

}  // namespace canopy::ui
