#include "ui/item_card.h"

#include <fmt/format.h>

#include <cmath>

#include "ui/text.h"

namespace canopy::ui {

namespace {

// A field that no other lies in.
bool is_innermost(const std::vector<Field>& fields, std::size_t i) {
  return fields[i].size > 0 && (i + 1 == fields.size() || fields[i + 1].depth <= fields[i].depth);
}

// The fields side by side as they lie in the item. Widths go with the square root of the sizes, so
// that a byte can be seen beside the contents of a file.
int draw_layout(const Frame& frame, const std::vector<Field>& fields, int lit_field) {
  double total = 0;
  for (std::size_t i = 0; i < fields.size(); i++)
    if (is_innermost(fields, i)) total += std::sqrt(fields[i].size);
  if (total == 0) return -1;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = frame.px(20);
  ImGui::InvisibleButton("layout", ImVec2(std::max(width, 1.0f), height));
  const bool is_hovered = ImGui::IsItemHovered();
  const float mouse = ImGui::GetMousePos().x;
  int over = -1;
  double before = 0;
  for (std::size_t i = 0; i < fields.size(); i++) {
    if (!is_innermost(fields, i)) continue;
    const float left = at.x + std::round(static_cast<float>(before / total) * width);
    before += std::sqrt(fields[i].size);
    const float right = at.x + std::round(static_cast<float>(before / total) * width);
    const bool is_over = is_hovered && mouse >= left && mouse < right;
    if (is_over) over = static_cast<int>(i);
    const bool is_lit = is_over || static_cast<int>(i) == lit_field;
    draw.AddRectFilled(ImVec2(left, at.y), ImVec2(right - 1, at.y + height),
                       paint(is_lit ? frame.theme.selection : frame.theme.hover));
    const ImVec4 clip(left, at.y, right - frame.px(3), at.y + height);
    if (right - left < frame.px(24)) continue;
    draw.AddText(ImGui::GetFont(), ImGui::GetFontSize(),
                 ImVec2(left + frame.px(4), at.y + (height - ImGui::GetFontSize()) / 2),
                 paint(frame.theme.text), fields[i].name.c_str(), nullptr, 0, &clip);
  }
  if (over >= 0) {
    const Field& field = fields[static_cast<std::size_t>(over)];
    hint(frame, fmt::format("{}: {} at byte {}", field.name,
                            count_text(field.size, "byte", "bytes"), field.offset));
  }
  return over;
}

}  // namespace

int draw_item_card(const Frame& frame, const Inspection& inspection, int lit_field, bool& is_open) {
  const ItemCard& card = *inspection.card;
  if (button(frame, "inspector.card", is_open ? "Hide what it is" : "What is it?",
             ButtonKind::quiet)) {
    is_open = !is_open;
  }
  if (!is_open) return -1;
  wrapped_text(frame, card.what, frame.theme.text);
  const float column = frame.px(96);
  fact(frame, "Found in", card.tree, column);
  fact(frame, "Objectid", card.objectid, column);
  fact(frame, "Offset", card.offset, column);
  const int over = draw_layout(frame, inspection.fields, lit_field);
  frame.mirror.list("inspector.about", "What the item is",
                    {{"What", card.what},
                     {"Found in", card.tree},
                     {"Objectid", card.objectid},
                     {"Offset", card.offset}});
  return over;
}

}  // namespace canopy::ui
