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

void CommandsPanel::draw_rows(const Frame& frame, const SendEntry& entry) {
  const u64 count = rows_.count();
  Mirror::Table mirrored;
  mirrored.columns = {"#", "Offset", "Size", "Command", "Path", "Details"};
  mirrored.total = count;
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingFixedFit |
                                ImGuiTableFlags_Resizable | ImGuiTableFlags_BordersInnerV |
                                ImGuiTableFlags_NoSavedSettings;
  if (!ImGui::BeginTable("commands", 6, flags, ImGui::GetContentRegionAvail())) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("#", 0, frame.px(72));
  ImGui::TableSetupColumn("Offset", 0, frame.px(104));
  ImGui::TableSetupColumn("Size", 0, frame.px(64));
  ImGui::TableSetupColumn("Command", 0, frame.px(110));
  ImGui::TableSetupColumn("Path", 0, frame.px(260));
  ImGui::TableSetupColumn("Details", ImGuiTableColumnFlags_WidthStretch);
  table_header(frame);
  ImGui::PushFont(frame.fonts.mono);
  const auto right = [&](const std::string& value) {
    right_aligned(frame, value, frame.theme.secondary);
  };
  const Selection& selection = frame.app.selection();
  ImGuiListClipper clipper;
  // The clipper counts in int; beyond it a table would need its own scrolling.
  clipper.Begin(static_cast<int>(std::min<u64>(count, 0x7fffff00)), frame.px(size::row));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; i++) {
      ImGui::TableNextRow(0, frame.px(size::row));
      ImGui::TableNextColumn();
      const CommandRow* row = rows_.find(static_cast<u64>(i));
      ImGui::PushID(i);
      const u64 index = row == nullptr ? static_cast<u64>(i) : row->place.index;
      const bool is_selected = selection.kind == Selection::Kind::command &&
                               selection.send == entry.number && selection.command == index;
      const bool clicked = ImGui::Selectable(
          "##row", is_selected, ImGuiSelectableFlags_SpanAllColumns, ImVec2(0, frame.px(18)));
      const Rect rect = item_rect();
      ImGui::SameLine(0, 0);
      if (row == nullptr) {
        right("…");
        ImGui::PopID();
        continue;
      }
      right(grouped_mono(row->place.index));
      ImGui::TableNextColumn();
      right(grouped_mono(row->place.offset));
      ImGui::TableNextColumn();
      right(grouped_mono(row->place.size));
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(row->name.c_str());
      ImGui::TableNextColumn();
      const std::string path = shown_name(row->path);
      ImGui::TextUnformatted(path.c_str());
      ImGui::TableNextColumn();
      const std::string details = shown_name(row->details);
      ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.secondary));
      ImGui::TextUnformatted(details.c_str());
      ImGui::PopStyleColor();
      ImGui::PopID();
      if (clicked) {
        Selection chosen;
        chosen.kind = Selection::Kind::command;
        chosen.send = entry.number;
        chosen.command = index;
        frame.app.select(chosen);
      }
      mirrored.rows.push_back(
          {{fmt::format("{}", row->place.index), fmt::format("{}", row->place.offset),
            fmt::format("{}", row->place.size), row->name, row->path, row->details},
           rect,
           static_cast<u64>(i)});
    }
  }
  ImGui::PopFont();
  ImGui::EndTable();
  frame.mirror.table("commands", "Stream commands", mirrored);
}

}  // namespace canopy::ui
