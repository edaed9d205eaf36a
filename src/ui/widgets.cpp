#include "ui/widgets.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

namespace canopy::ui {

namespace {

// Without the icon in front, which screen readers cannot read.
std::string spoken(const std::string& label) {
  const bool has_icon = label.size() >= 3 && static_cast<u8>(label[0]) == 0xee;
  if (!has_icon) return label;
  const std::size_t start = label.find_first_not_of(' ', 3);
  return start == std::string::npos ? std::string() : label.substr(start);
}

ImVec4 vec(Color color, float alpha = 1) {
  ImVec4 v = paint4(color);
  v.w *= alpha;
  return v;
}

}  // namespace

float Frame::px(float css) const { return std::round(css * scale); }

ImVec4 paint4(Color color) { return ImGui::ColorConvertU32ToFloat4(paint(color)); }

void apply_style(const Theme& theme, float scale, bool is_touch) {
  ImGuiStyle style;
  style.WindowPadding = ImVec2(12, 8);
  style.WindowRounding = 0;
  style.WindowBorderSize = 0;
  style.ChildBorderSize = 0;
  style.PopupBorderSize = 1;
  style.PopupRounding = size::rounding;
  style.FrameRounding = size::rounding;
  style.FrameBorderSize = 0;
  style.FramePadding = is_touch ? ImVec2(10, 9) : ImVec2(8, 4);
  style.ItemSpacing = ImVec2(8, is_touch ? 8 : 6);
  style.ItemInnerSpacing = ImVec2(6, 4);
  style.CellPadding = ImVec2(6, is_touch ? 5 : 2);
  style.ScrollbarSize = 12;
  style.ScrollbarRounding = 6;
  style.GrabRounding = size::rounding;
  style.IndentSpacing = 16;
  style.HoverStationaryDelay = 0;
  style.HoverDelayShort = 0;
  style.HoverDelayNormal = 0;
  style.ScaleAllSizes(scale);
  style.AntiAliasedLinesUseTex = true;

  ImVec4* const c = style.Colors;
  c[ImGuiCol_Text] = vec(theme.text);
  c[ImGuiCol_TextDisabled] = vec(theme.secondary);
  c[ImGuiCol_WindowBg] = vec(theme.panel);
  c[ImGuiCol_ChildBg] = ImVec4(0, 0, 0, 0);
  c[ImGuiCol_PopupBg] = vec(theme.panel);
  c[ImGuiCol_Border] = vec(theme.line);
  c[ImGuiCol_FrameBg] = vec(theme.field);
  c[ImGuiCol_FrameBgHovered] = vec(theme.hover);
  c[ImGuiCol_FrameBgActive] = vec(theme.hover);
  c[ImGuiCol_ScrollbarBg] = ImVec4(0, 0, 0, 0);
  c[ImGuiCol_ScrollbarGrab] = vec(mix(theme.line, theme.secondary, 0.2));
  c[ImGuiCol_ScrollbarGrabHovered] = vec(theme.secondary, 0.7f);
  c[ImGuiCol_ScrollbarGrabActive] = vec(theme.secondary);
  c[ImGuiCol_CheckMark] = vec(theme.accent);
  c[ImGuiCol_Button] = vec(theme.hover);
  c[ImGuiCol_ButtonHovered] = vec(theme.line);
  c[ImGuiCol_ButtonActive] = vec(theme.line);
  c[ImGuiCol_Header] = vec(theme.selection);
  c[ImGuiCol_HeaderHovered] = vec(theme.hover);
  c[ImGuiCol_HeaderActive] = vec(theme.selection);
  c[ImGuiCol_Separator] = vec(theme.line);
  c[ImGuiCol_TableHeaderBg] = vec(theme.panel);
  c[ImGuiCol_TableBorderStrong] = vec(theme.line);
  c[ImGuiCol_TableBorderLight] = vec(theme.line);
  c[ImGuiCol_TextSelectedBg] = vec(theme.selection);
  c[ImGuiCol_NavHighlight] = vec(theme.accent);
  c[ImGuiCol_ModalWindowDimBg] = ImVec4(0, 0, 0, theme.dark ? 0.5f : 0.25f);
  ImGui::GetStyle() = style;
}

bool begin_panel(const Frame& frame, const char* name, const Rect& rect) {
  frame.mirror.place(name, rect);
  ImGui::SetNextWindowPos(ImVec2(rect.x, rect.y));
  ImGui::SetNextWindowSize(ImVec2(rect.width, rect.height));
  return ImGui::Begin(name, nullptr,
                      ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                          ImGuiWindowFlags_NoSavedSettings |
                          ImGuiWindowFlags_NoBringToFrontOnFocus);
}

void end_panel() { ImGui::End(); }

void heading(const Frame& frame, const char* label) {
  ImGui::PushFont(frame.fonts.strong);
  ImGui::TextUnformatted(label);
  ImGui::PopFont();
}

Rect item_rect() {
  const ImVec2 low = ImGui::GetItemRectMin();
  const ImVec2 high = ImGui::GetItemRectMax();
  return {low.x, low.y, high.x - low.x, high.y - low.y};
}

void focus_mark(const Frame& frame) {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  if (g.NavDisableHighlight || !ImGui::IsItemFocused()) return;
  const Rect rect = item_rect();
  const float inset = std::max(1.0f, frame.px(1));
  // Over what is painted after the item, as far as the window shows it.
  const ImDrawList& window = *ImGui::GetWindowDrawList();
  ImDrawList& draw = *ImGui::GetForegroundDrawList();
  draw.PushClipRect(window.GetClipRectMin(), window.GetClipRectMax());
  draw.AddRect(ImVec2(rect.x + inset, rect.y + inset),
               ImVec2(rect.right() - inset, rect.bottom() - inset), paint(frame.theme.accent),
               frame.px(2), 0, frame.px(1.5f));
  draw.PopClipRect();
}

bool mirror_item(const Frame& frame, const std::string& name, const std::string& label,
                 bool enabled) {
  if (!ImGui::IsItemVisible()) return false;
  frame.mirror.button(name, spoken(label), item_rect(), enabled);
  return frame.mirror.take_activation(name) && enabled;
}

bool button(const Frame& frame, const std::string& name, const std::string& label, ButtonKind kind,
            bool enabled, float width) {
  const Theme& theme = frame.theme;
  Color ground = theme.hover;
  Color over = theme.line;
  Color ink = theme.text;
  if (kind == ButtonKind::primary) {
    ground = theme.accent;
    over = mix(theme.accent, theme.text, 0.15);
    ink = theme.on_accent;
  } else if (kind == ButtonKind::quiet) {
    ground = with_alpha(theme.panel, 0);
  }
  ImGui::PushStyleColor(ImGuiCol_Button, paint(ground));
  ImGui::PushStyleColor(ImGuiCol_ButtonHovered, paint(over));
  ImGui::PushStyleColor(ImGuiCol_ButtonActive, paint(over));
  ImGui::PushStyleColor(ImGuiCol_Text, paint(ink));
  ImGui::BeginDisabled(!enabled);
  bool pressed = ImGui::Button((label + "##" + name).c_str(), ImVec2(width, 0));
  ImGui::EndDisabled();
  ImGui::PopStyleColor(4);
  if (enabled && ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  pressed = mirror_item(frame, name, label, enabled) || pressed;
  return pressed && enabled;
}

bool icon_button(const Frame& frame, const std::string& name, const char* icon,
                 const std::string& label, bool enabled) {
  ImGui::PushStyleColor(ImGuiCol_Button, paint(with_alpha(frame.theme.panel, 0)));
  ImGui::PushStyleColor(ImGuiCol_ButtonHovered, paint(frame.theme.hover));
  ImGui::BeginDisabled(!enabled);
  const float side = frame.control();
  bool pressed = ImGui::Button((std::string(icon) + "##" + name).c_str(), ImVec2(side, side));
  ImGui::EndDisabled();
  ImGui::PopStyleColor(2);
  hint(frame, label);
  pressed = mirror_item(frame, name, label, enabled) || pressed;
  return pressed && enabled;
}

bool line_icon_button(const Frame& frame, const std::string& name, const char* icon,
                      const std::string& label) {
  const float raise = std::round((frame.control() - ImGui::GetTextLineHeight()) / 2);
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - raise);
  return icon_button(frame, name, icon, label);
}

bool check_box(const Frame& frame, const std::string& name, const std::string& label, bool& value,
               bool enabled) {
  ImGui::BeginDisabled(!enabled);
  const float padding = frame.px(frame.is_touch ? 6 : 1);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(padding, padding));
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, std::max(1.0f, frame.px(1)));
  bool changed = ImGui::Checkbox((label + "##" + name).c_str(), &value);
  ImGui::PopStyleVar(2);
  ImGui::EndDisabled();
  if (mirror_item(frame, name, label, enabled)) {
    value = !value;
    changed = true;
  }
  return changed;
}

bool text_field(const Frame& frame, const std::string& name, const std::string& label,
                const char* empty, std::string& value, bool enabled) {
  const auto grow = [](ImGuiInputTextCallbackData* data) {
    auto* const text = static_cast<std::string*>(data->UserData);
    text->resize(static_cast<std::size_t>(data->BufTextLen));
    data->Buf = text->data();
    return 0;
  };
  ImGui::BeginDisabled(!enabled);
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, std::max(1.0f, frame.px(1)));
  const bool changed =
      ImGui::InputTextWithHint(("##" + name).c_str(), empty, value.data(), value.capacity() + 1,
                               ImGuiInputTextFlags_CallbackResize, grow, &value);
  ImGui::PopStyleVar();
  ImGui::EndDisabled();
  if (mirror_item(frame, name, label + ": " + (value.empty() ? empty : value), enabled)) {
    ImGui::SetKeyboardFocusHere(-1);
  }
  return changed;
}

namespace {

bool begin_combo(const Frame& frame, const char* name, const std::string& spoken,
                 const std::string& shown) {
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, std::max(1.0f, frame.px(1)));
  const bool open = ImGui::BeginCombo((std::string("##") + name).c_str(), shown.c_str(),
                                      ImGuiComboFlags_HeightLarge);
  ImGui::PopStyleVar();
  (void)mirror_item(frame, name, spoken + ": " + shown);
  return open;
}

}  // namespace

void combo_of_many(const Frame& frame, const char* name, const std::string& spoken,
                   const std::string& shown, std::size_t count,
                   const std::function<std::string(std::size_t)>& item,
                   const std::function<bool(std::size_t)>& is_chosen,
                   const std::function<void(std::size_t)>& toggle) {
  if (!begin_combo(frame, name, spoken, shown)) return;
  for (std::size_t i = 0; i < count; i++) {
    bool chosen = is_chosen(i);
    ImGui::PushID(static_cast<int>(i));
    if (check_box(frame, fmt::format("{}.{}", name, i), item(i), chosen)) toggle(i);
    ImGui::PopID();
  }
  ImGui::EndCombo();
}

bool combo(const Frame& frame, const char* name, const std::string& spoken,
           const std::string& shown, std::size_t count,
           const std::function<std::string(std::size_t)>& item, std::size_t& chosen) {
  bool changed = false;
  if (begin_combo(frame, name, spoken, shown)) {
    for (std::size_t i = 0; i < count; i++) {
      const std::string label = item(i);
      ImGui::PushID(static_cast<int>(i));
      if (ImGui::Selectable(label.c_str(), i == chosen)) {
        chosen = i;
        changed = true;
      }
      (void)mirror_item(frame, fmt::format("{}.{}", name, i), label);
      ImGui::PopID();
    }
    ImGui::EndCombo();
  }
  return changed;
}

float tabs_height(const Frame& frame, const std::vector<std::string>& labels, float width) {
  const float padding = 2 * ImGui::GetStyle().FramePadding.x;
  float rows = 1;
  float right = 0;
  for (const std::string& label : labels) {
    const float wide = ImGui::CalcTextSize(label.c_str()).x + padding;
    if (right > 0 && right + frame.px(4) + wide > width) {
      rows++;
      right = 0;
    }
    right += (right > 0 ? frame.px(4) : 0) + wide;
  }
  return rows * frame.control() + (rows - 1) * frame.px(2);
}

void tabs(const Frame& frame, const char* name, const std::vector<std::string>& labels,
          int& chosen) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float left = ImGui::GetCursorPosX();
  const float end = left + ImGui::GetContentRegionAvail().x;
  const float padding = 2 * ImGui::GetStyle().FramePadding.x;
  ImGui::PushStyleColor(ImGuiCol_Button, paint(with_alpha(frame.theme.panel, 0)));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(frame.px(4), frame.px(2)));
  for (int i = 0; i < static_cast<int>(labels.size()); i++) {
    const std::string& label = labels[static_cast<std::size_t>(i)];
    if (i > 0) {
      ImGui::SameLine();
      if (ImGui::GetCursorPosX() + ImGui::CalcTextSize(label.c_str()).x + padding > end) {
        ImGui::NewLine();
        ImGui::SetCursorPosX(left);
      }
    }
    const bool is_chosen = i == chosen;
    ImGui::PushStyleColor(ImGuiCol_Text,
                          paint(is_chosen ? frame.theme.text : frame.theme.secondary));
    const std::string id = std::string(name) + "." + spoken(label);
    bool pressed =
        ImGui::Button(fmt::format("{}##{}", label, id).c_str(), ImVec2(0, frame.control()));
    ImGui::PopStyleColor();
    pressed = mirror_item(frame, id, label) || pressed;
    if (pressed) chosen = i;
    if (is_chosen) {
      const Rect rect = item_rect();
      draw.AddRectFilled(ImVec2(rect.x + frame.px(8), rect.bottom() - frame.px(2)),
                         ImVec2(rect.right() - frame.px(8), rect.bottom()),
                         paint(frame.theme.accent));
    }
  }
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

void text(const Frame&, const std::string& text) { ImGui::TextUnformatted(text.c_str()); }

void secondary_text(const Frame& frame, const std::string& text) {
  ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.secondary));
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopStyleColor();
}

void same_line_if_fits(const Frame& frame, const std::string& label, float more) {
  const float end = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
  ImGui::SameLine();
  const float wide = ImGui::CalcTextSize(label.c_str()).x + frame.px(more);
  if (ImGui::GetCursorPosX() + wide > end) ImGui::NewLine();
}

void label_in_row(const Frame& frame, const char* label, float height) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 extent = ImGui::CalcTextSize(label);
  ImGui::GetWindowDrawList()->AddText(ImVec2(at.x, at.y + std::round((height - extent.y) / 2)),
                                      paint(frame.theme.secondary), label);
  ImGui::Dummy(ImVec2(extent.x, height));
}

void wrapped_text(const Frame&, const std::string& text, Color color) {
  ImGui::PushStyleColor(ImGuiCol_Text, paint(color));
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

void mono_text(const Frame& frame, const std::string& text, Color color) {
  ImGui::PushFont(frame.fonts.mono);
  ImGui::PushStyleColor(ImGuiCol_Text, paint(color));
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

void fact(const Frame& frame, const std::string& term, const std::string& value, float column,
          const std::string& hint_text) {
  secondary_text(frame, term);
  const float term_end = item_rect().right() - ImGui::GetWindowPos().x;
  ImGui::SameLine(std::max(column, term_end + frame.px(8)));
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(value.c_str());
  ImGui::PopTextWrapPos();
  if (!hint_text.empty()) hint(frame, hint_text);
}

bool begin_table(const Frame& frame, const char* name, int columns, ImGuiTableFlags flags,
                 ImVec2 extent, float least) {
  const bool fits = ImGui::GetContentRegionAvail().x >= frame.px(least);
  return ImGui::BeginTable(name, columns, fits ? flags : flags | ImGuiTableFlags_ScrollX, extent,
                           fits ? 0 : frame.px(least));
}

void table_header(const Frame& frame) {
  ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.secondary));
  ImGui::TableHeadersRow();
  ImGui::PopStyleColor();
}

void right_aligned(const Frame&, const std::string& value, Color color) {
  const float width = ImGui::CalcTextSize(value.c_str()).x;
  const float room = ImGui::GetContentRegionAvail().x;
  if (room > width) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + room - width);
  ImGui::PushStyleColor(ImGuiCol_Text, paint(color));
  ImGui::TextUnformatted(value.c_str());
  ImGui::PopStyleColor();
}

void empty_note(const Frame& frame, const std::string& note) {
  wrapped_text(frame, note, frame.theme.secondary);
}

void hint(const Frame& frame, const std::string& text) {
  if (text.empty() || !ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  if (!frame.touch.wants_hint()) return;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(8), frame.px(6)));
  if (ImGui::BeginTooltip()) {
    const float room = ImGui::GetIO().DisplaySize.x - frame.px(32);
    ImGui::PushTextWrapPos(std::min(frame.px(420), room));
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
  }
  ImGui::PopStyleVar();
}

void copy_link(const Frame& frame, const std::string& name, const std::string& label,
               const std::string& copied, const std::string& why) {
  const std::string shown = fmt::format("{}  {}", label, icon::copy);
  ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.accent));
  bool pressed = ImGui::Selectable((shown + "##" + name).c_str(), false, 0,
                                   ImGui::CalcTextSize(shown.c_str()));
  ImGui::PopStyleColor();
  hint(frame, fmt::format("Copy {}{}", copied, why));
  if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  pressed = mirror_item(frame, name, "Copy " + copied) || pressed;
  if (!pressed) return;
  frame.app.host().copy(copied);
  frame.app.tell("Copied " + copied + ".");
}

void address_link(const Frame& frame, const std::string& name, const std::string& label,
                  const std::string& query) {
  ImGui::PushID(name.c_str());
  ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.accent));
  bool pressed = ImGui::Selectable(label.c_str(), false, 0, ImGui::CalcTextSize(label.c_str()));
  ImGui::PopStyleColor();
  ImGui::PopID();
  pressed = mirror_item(frame, name, label) || pressed;
  if (pressed) frame.app.inspect(query);
  if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
}

void copy_button(const Frame& frame, const std::string& name, const std::string& label,
                 const std::string& copied, const std::string& what) {
  const bool pressed = button(frame, name, fmt::format("{}  {}", icon::copy, label),
                              ButtonKind::normal, !copied.empty());
  hint(frame, "Copies " + what);
  if (!pressed) return;
  frame.app.host().copy(copied);
  frame.app.tell("Copied " + what + ".");
}

void progress_bar(const Frame& frame, double fraction, Color color, bool hatched) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = frame.px(6);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float rounding = frame.px(3);
  draw.AddRectFilled(at, ImVec2(at.x + width, at.y + height), paint(frame.theme.line), rounding);
  const float filled = std::round(width * static_cast<float>(std::clamp(fraction, 0.0, 1.0)));
  if (filled >= 2) {
    draw.AddRectFilled(at, ImVec2(at.x + filled, at.y + height), paint(color), rounding);
  }
  if (hatched) {
    draw.PushClipRect(at, ImVec2(at.x + filled, at.y + height), true);
    for (float x = -height; x < filled; x += frame.px(6)) {
      draw.AddLine(ImVec2(at.x + x, at.y + height), ImVec2(at.x + x + height, at.y),
                   paint(frame.theme.panel), frame.px(2));
    }
    draw.PopClipRect();
  }
  ImGui::Dummy(ImVec2(width, height));
}

}  // namespace canopy::ui
