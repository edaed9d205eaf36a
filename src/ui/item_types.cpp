#include "ui/item_types.h"

#include <fmt/format.h>

#include <algorithm>

#include "ui/item_card.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr const char* title = "Types of items";
constexpr float list_width = 190;
constexpr float narrow_width = 600;

}  // namespace

void ItemTypesSheet::open(std::optional<u8> type) {
  wanted_ = shows_chosen_ = true;
  if (!type) return;
  const auto cards = item_cards();
  for (std::size_t i = 0; i < cards.size(); i++)
    if (cards[i].type == *type) chosen_ = i;
}

void ItemTypesSheet::draw(const Frame& frame) {
  if (wanted_) {
    ImGui::OpenPopup(title);
    found_ = frame.app.items_found();
    wanted_ = false;
  }
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const ImVec2 extent(std::min(frame.px(760), screen.x - frame.px(16)),
                      std::min(frame.px(560), screen.y - frame.px(24)));
  ImGui::SetNextWindowPos(ImVec2(screen.x / 2, screen.y / 2), ImGuiCond_Always, ImVec2(0.5f, 0.5f));
  ImGui::SetNextWindowSize(extent);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(12), frame.px(12)));
  const bool is_open = ImGui::BeginPopup(title, ImGuiWindowFlags_NoMove);
  ImGui::PopStyleVar();
  if (!is_open) return;
  heading(frame, title);
  ImGui::SameLine(extent.x - frame.px(12) - frame.control());
  bool ends = line_icon_button(frame, "types.close", icon::close, "Close");
  if (frame.app.session() != nullptr) {
    if (extent.x < frame.px(narrow_width)) {
      draw_chooser(frame);
    } else {
      draw_list(frame, frame.px(list_width), ImGui::GetContentRegionAvail().y);
      ImGui::SameLine(0, frame.px(16));
    }
    if (ImGui::BeginChild("card", ImVec2(0, 0), 0, ImGuiWindowFlags_NavFlattened)) draw_card(frame);
    ImGui::EndChild();
    // One was found: it is shown behind the sheet.
    ends = ends || frame.app.items_found() != found_;
  }
  if (ends || ImGui::IsKeyPressed(ImGuiKey_Escape)) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

void ItemTypesSheet::draw_chooser(const Frame& frame) {
  const auto cards = item_cards();
  ImGui::SetNextItemWidth(-1);
  combo(
      frame, "types.choose", "Type of item", key_type_name(cards[chosen_].type), cards.size(),
      [&](std::size_t i) { return key_type_name(cards[i].type); }, chosen_);
}

void ItemTypesSheet::draw_list(const Frame& frame, float width, float height) {
  const auto cards = item_cards();
  Mirror::Table mirrored;
  mirrored.columns = {"Type", "Number"};
  mirrored.total = cards.size();
  mirrored.selected = chosen_;
  if (ImGui::BeginChild("list", ImVec2(width, height), 0, ImGuiWindowFlags_NavFlattened)) {
    for (std::size_t i = 0; i < cards.size(); i++) {
      const std::string name = key_type_name(cards[i].type);
      ImGui::PushID(static_cast<int>(i));
      if (i == chosen_ && std::exchange(shows_chosen_, false)) ImGui::SetScrollHereY();
      if (ImGui::Selectable(name.c_str(), i == chosen_, ImGuiSelectableFlags_DontClosePopups,
                            ImVec2(0, frame.cell())))
        chosen_ = i;
      ImGui::PopID();
      if (ImGui::IsItemVisible())
        mirrored.rows.push_back({{name, fmt::format("{}", cards[i].type)}, item_rect(), i});
    }
  }
  ImGui::EndChild();
  frame.mirror.table("types.list", title, mirrored);
}

void ItemTypesSheet::draw_card(const Frame& frame) {
  const ItemCard& card = item_cards()[chosen_];
  heading(frame, fmt::format("{}, {}", key_type_name(card.type), card.type).c_str());
  draw_card_text(frame, "types", card, std::nullopt);
  if (!frame.app.find_problem().empty())
    wrapped_text(frame, frame.app.find_problem(), frame.theme.secondary);
  frame.mirror.text("types.problem", frame.app.find_problem());
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  if (card.fixed_bytes == 0) {
    secondary_text(frame, "The item has no fixed bytes: the key says all, or data fill it.");
    return;
  }
  const std::vector<Field> fields = item_layout(card);
  secondary_text(frame, count_text(card.fixed_bytes, "byte", "bytes") + " that all of them have:");
  (void)draw_byte_grid(frame, fields, 0, card.fixed_bytes, -1);
  Mirror::Table mirrored;
  mirrored.columns = {"Offset", "Size", "Field"};
  mirrored.total = fields.size();
  for (const Field& field : fields)
    mirrored.rows.push_back(
        {{fmt::format("{}", field.offset), fmt::format("{}", field.size), field.name},
         {},
         mirrored.rows.size()});
  frame.mirror.table("types.layout", "Layout of the item", mirrored);
}

}  // namespace canopy::ui
