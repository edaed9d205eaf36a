#include <fmt/format.h>

#include <algorithm>

#include "ui/panels.h"
#include "ui/text.h"

namespace canopy::ui {

void CommandsPanel::draw(const Frame& frame) {
  const SendEntry* entry = frame.app.current_send();
  if (entry == nullptr) {
    empty_note(frame, "The commands of a stream appear here, while it is made and afterwards.");
    if (frame.app.can_send_form() &&
        button(frame, "commands.start", std::string(icon::play) + "  Send B")) {
      frame.app.start_send(frame.app.request_of_form(), nullptr);
    }
    return;
  }
  if (shown_send_ != entry->number) {
    shown_send_ = entry->number;
    kind_ = 0;
  }
  follow_selection(frame, *entry);
  const CommandIndex::Counts counts = entry->job->index().counts();
  std::string shown = kind_ == 0 ? std::string("all kinds")
                                 : std::string(command_info(static_cast<SendCommand>(kind_)).name);
  ImGui::AlignTextToFramePadding();
  secondary_text(frame, "Show");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(frame.px(170));
  if (ImGui::BeginCombo("##kind", shown.c_str(), ImGuiComboFlags_HeightLarge)) {
    if (ImGui::Selectable("all kinds", kind_ == 0)) kind_ = 0;
    for (int kind = 1; kind < send_command_count; kind++) {
      const u64 count = counts[static_cast<std::size_t>(kind)];
      if (count == 0) continue;
      const std::string name(command_info(static_cast<SendCommand>(kind)).name);
      if (ImGui::Selectable(fmt::format("{}  ({})", name, grouped(count)).c_str(), kind == kind_)) {
        kind_ = kind;
      }
    }
    ImGui::EndCombo();
  }
  (void)mirror_item(frame, "commands.kind", "Kind of commands shown: " + shown);
  const std::optional<SendCommand> kind =
      kind_ == 0 ? std::nullopt : std::optional(static_cast<SendCommand>(kind_));
  rows_.show(entry->job, kind, [host = &frame.app.host()] { host->wake(); });
  ImGui::SameLine();
  secondary_text(frame, count_text(rows_.count(), "command", "commands") + " of " + entry->subject);
  draw_rows(frame, *entry);
}

// A command that was selected elsewhere is brought into view.
void CommandsPanel::follow_selection(const Frame& frame, const SendEntry& entry) {
  const Selection& selection = frame.app.selection();
  if (selection == seen_) return;
  seen_ = selection;
  if (selection.kind != Selection::Kind::command || selection.send != entry.number) return;
  kind_ = 0;
  row_to_show_ = selection.command;
}

void CommandsPanel::draw_rows(const Frame& frame, const SendEntry& entry) {
  const u64 count = rows_.count();
  Mirror::Table mirrored;
  mirrored.columns = {"#", "Offset", "Size", "Command", "Path", "Details"};
  mirrored.total = count;
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingFixedFit |
                                ImGuiTableFlags_Resizable | ImGuiTableFlags_BordersInnerV |
                                ImGuiTableFlags_NoSavedSettings;
  if (!begin_table(frame, "commands", 6, flags, ImGui::GetContentRegionAvail(), 760)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("#", 0, frame.px(72));
  ImGui::TableSetupColumn("Offset", 0, frame.px(104));
  ImGui::TableSetupColumn("Size", 0, frame.px(64));
  ImGui::TableSetupColumn("Command", 0, frame.px(110));
  ImGui::TableSetupColumn("Path", 0, frame.px(260));
  ImGui::TableSetupColumn("Details", ImGuiTableColumnFlags_WidthStretch);
  table_header(frame);
  ImGui::PushFont(frame.fonts.mono);
  if (const auto row = std::exchange(row_to_show_, std::nullopt)) {
    const float above = ImGui::GetWindowHeight() / 2;
    ImGui::SetScrollY(std::max(0.0f, static_cast<float>(*row) * frame.row() - above));
  }
  visible_rows(count, frame.row(),
               [&](int i) { draw_row(frame, entry, static_cast<u64>(i), mirrored); });
  ImGui::PopFont();
  ImGui::EndTable();
  frame.mirror.table("commands", "Stream commands", mirrored);
}

void CommandsPanel::draw_row(const Frame& frame, const SendEntry& entry, u64 number,
                             Mirror::Table& mirrored) {
  const auto right = [&](const std::string& value) {
    right_aligned(frame, value, frame.theme.secondary);
  };
  ImGui::TableNextRow(0, frame.row());
  ImGui::TableNextColumn();
  const CommandRow* row = rows_.find(number);
  const Selection& selection = frame.app.selection();
  const u64 index = row == nullptr ? number : row->place.index;
  const bool is_selected = selection.kind == Selection::Kind::command &&
                           selection.send == entry.number && selection.command == index;
  ImGui::PushID(static_cast<int>(number));
  const bool clicked = ImGui::Selectable("##row", is_selected, ImGuiSelectableFlags_SpanAllColumns,
                                         ImVec2(0, frame.cell()));
  ImGui::PopID();
  const Rect rect = item_rect();
  ImGui::SameLine(0, 0);
  if (row == nullptr) return right("…");
  right(grouped_mono(row->place.index));
  ImGui::TableNextColumn();
  right(grouped_mono(row->place.offset));
  ImGui::TableNextColumn();
  right(grouped_mono(row->place.size));
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(row->name.c_str());
  ImGui::TableNextColumn();
  ImGui::TextUnformatted(shown_name(row->path).c_str());
  ImGui::TableNextColumn();
  ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.secondary));
  ImGui::TextUnformatted(shown_name(row->details).c_str());
  ImGui::PopStyleColor();
  mirrored.rows.push_back(
      {{fmt::format("{}", row->place.index), fmt::format("{}", row->place.offset),
        fmt::format("{}", row->place.size), row->name, row->path, row->details},
       rect,
       number});
  if (is_selected) mirrored.selected = number;
  if (!clicked) return;
  seen_ = {.kind = Selection::Kind::command, .send = entry.number, .command = index};
  frame.app.select(seen_);
}

}  // namespace canopy::ui
