#include "ui/item_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr u32 most_rows = 32;

// A field that no other lies in.
bool is_innermost(const std::vector<Field>& fields, std::size_t i) {
  return fields[i].size > 0 && (i + 1 == fields.size() || fields[i + 1].depth <= fields[i].depth);
}

// Boxes in rows of `per_row` bytes.
struct Grid {
  ImVec2 at;
  float byte;  // width of one
  float row;   // height
  u32 per_row;
  u32 rows;
  bool is_hovered;
};

// The part of a field in a row; the name where there is most room for it.
void draw_part(const Frame& frame, const Grid& grid, const Rect& part, const std::string& name,
               bool is_lit) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(ImVec2(part.x, part.y), ImVec2(part.right() - 1, part.bottom() - 1),
                     paint(is_lit ? frame.theme.selection : frame.theme.hover));
  if (is_lit)
    draw.AddRect(ImVec2(part.x, part.y), ImVec2(part.right() - 1, part.bottom() - 1),
                 paint(frame.theme.accent));
  if (name.empty()) return;
  const float room = part.width - frame.px(6);
  std::string shown = name;
  while (shown.size() > 3 && ImGui::CalcTextSize(shown.c_str()).x > room) {
    shown.resize(shown.size() - (shown.ends_with("…") ? 4 : 1));
    shown += "…";
  }
  if (ImGui::CalcTextSize(shown.c_str()).x > room) return;
  draw.AddText(
      ImVec2(part.x + frame.px(3), part.y + std::round((grid.row - ImGui::GetFontSize()) / 2) - 1),
      paint(frame.theme.text), shown.c_str());
}

// True if the pointer is over it.
bool draw_field(const Frame& frame, const Grid& grid, const Field& field, u32 begin, bool is_lit) {
  const u32 end = begin + field.size;
  bool is_over = false;
  bool is_named = false;
  for (int pass = 0; pass < 2; pass++) {
    for (u32 row = begin / grid.per_row; row < grid.rows && row * grid.per_row < end; row++) {
      const u32 from = std::max(begin, row * grid.per_row) - row * grid.per_row;
      const u32 to = std::min(end - row * grid.per_row, grid.per_row);
      const Rect part{std::round(grid.at.x + static_cast<float>(from) * grid.byte),
                      grid.at.y + static_cast<float>(row) * grid.row,
                      std::round(static_cast<float>(to - from) * grid.byte), grid.row};
      if (pass == 0) {
        const ImVec2 mouse = ImGui::GetMousePos();
        is_over = is_over || (grid.is_hovered && part.contains(mouse.x, mouse.y));
        continue;
      }
      const bool is_widest = to - from == std::min(field.size, grid.per_row) || to - from >= 8;
      draw_part(frame, grid, part, is_widest && !is_named ? field.name : "", is_lit || is_over);
      is_named = is_named || is_widest;
    }
  }
  return is_over;
}

}  // namespace

int draw_byte_grid(const Frame& frame, const std::vector<Field>& fields, u64 base, u32 bytes,
                   int lit_field) {
  if (bytes == 0 || fields.empty()) return -1;
  ImGui::PushFont(frame.fonts.mono);
  const float width = ImGui::GetContentRegionAvail().x;
  const float label = ImGui::CalcTextSize("0000").x + frame.px(6);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  Grid grid;
  grid.per_row = width > frame.px(420) ? 16 : 8;
  grid.byte = (width - label) / static_cast<float>(grid.per_row);
  grid.row = frame.px(20);
  const u32 rows = (bytes + grid.per_row - 1) / grid.per_row;
  grid.rows = std::min(rows, most_rows);
  grid.at = ImVec2(at.x + label, at.y);
  ImGui::InvisibleButton("layout",
                         ImVec2(std::max(width, 1.0f), grid.row * static_cast<float>(grid.rows)));
  grid.is_hovered = ImGui::IsItemHovered();
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  for (u32 row = 0; row < grid.rows; row++)
    draw.AddText(ImVec2(at.x, at.y + static_cast<float>(row) * grid.row + frame.px(2)),
                 paint(frame.theme.secondary), fmt::format("{}", row * grid.per_row).c_str());
  int over = -1;
  for (std::size_t i = 0; i < fields.size(); i++) {
    if (!is_innermost(fields, i) || fields[i].offset < base) continue;
    const u64 begin = fields[i].offset - base;
    if (begin >= u64{grid.rows} * grid.per_row) continue;
    if (draw_field(frame, grid, fields[i], static_cast<u32>(begin),
                   static_cast<int>(i) == lit_field))
      over = static_cast<int>(i);
  }
  ImGui::PopFont();
  if (over >= 0) {
    const Field& field = fields[static_cast<std::size_t>(over)];
    hint(frame, fmt::format("{}: {} at byte {}", field.name,
                            count_text(field.size, "byte", "bytes"), field.offset - base));
  }
  if (rows > grid.rows)
    secondary_text(frame, fmt::format("and {} more rows of bytes", rows - grid.rows));
  return over;
}

void draw_card_text(const Frame& frame, const std::string& name, const ItemCard& card,
                    const std::optional<std::pair<u64, Key>>& after) {
  App& app = frame.app;
  // First, so that it is in view however little room the card has.
  if (app.is_finding_item()) {
    if (button(frame, name + ".cancel_find", std::string(icon::stop) + "  Cancel"))
      app.cancel_finding_item();
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    const std::string looked =
        "Looking: " + count_text(app.leaves_looked_at(), "leaf", "leaves") + " read";
    secondary_text(frame, looked);
    frame.mirror.text(name + ".finding", looked);
  } else if (button(frame, name + ".find",
                    std::string(icon::search) +
                        (after ? "  Find the next one" : "  Find one in this image"))) {
    app.find_item_of_type(card.type, after);
  }
  wrapped_text(frame, card.what, frame.theme.text);
  const float column = frame.px(96);
  fact(frame, "Found in", card.tree, column);
  fact(frame, "Objectid", card.objectid, column);
  fact(frame, "Offset", card.offset, column);
  frame.mirror.list(name + ".about", "What the item is",
                    {{"Type", key_type_name(card.type)},
                     {"What", card.what},
                     {"Found in", card.tree},
                     {"Objectid", card.objectid},
                     {"Offset", card.offset}});
}

int draw_item_card(const Frame& frame, const Inspection& inspection,
                   const std::optional<std::pair<u64, Key>>& item, int lit_field, bool& is_open) {
  if (button(frame, "inspector.card", is_open ? "Hide what it is" : "What is it?",
             ButtonKind::quiet)) {
    is_open = !is_open;
  }
  if (!is_open) return -1;
  const float room = ImGui::GetContentRegionAvail().y;
  int over = -1;
  if (ImGui::BeginChild("card", ImVec2(0, std::round(room * 0.5f)), 0,
                        ImGuiWindowFlags_NavFlattened)) {
    draw_card_text(frame, "inspector", *inspection.card, item);
    // Fields of an item count from its first byte.
    over = draw_byte_grid(frame, inspection.fields, 0, static_cast<u32>(inspection.bytes.size()),
                          lit_field);
  }
  ImGui::EndChild();
  return over;
}

}  // namespace canopy::ui
