#include <fmt/format.h>

#include <algorithm>

#include "ui/panels.h"
#include "ui/text.h"

namespace canopy::ui {

void CommandsPanel::draw(const Frame& frame) {
  const std::vector<ShownStream> streams = frame.app.shown_streams();
  if (streams.empty()) {
    rows_.show(nullptr, std::nullopt, nullptr);
    empty_note(frame,
               "The commands of a stream appear here, while it is made and afterwards; so do those "
               "of a stream that you drop on the page.");
    if (frame.app.can_send_form() &&
        button(frame, "commands.start", std::string(icon::play) + "  Send B")) {
      frame.app.start_send(frame.app.request_of_form(), nullptr);
    }
    return;
  }
  follow_selection(frame, streams);
  const ShownStream shown = choose_stream(streams);
  draw_kinds(frame, shown);
  const std::optional<SendCommand> kind =
      kind_ == 0 ? std::nullopt : std::optional(static_cast<SendCommand>(kind_));
  rows_.show(shown.commands, kind, [host = &frame.app.host()] { host->wake(); });
  draw_subject(frame, streams, shown);
  if (frame.app.stream() != nullptr && frame.app.stream()->number == shown.number) {
    const std::string label = std::string(icon::close) + "  Close stream";
    same_line_if_fits(frame, label, 16);
    if (button(frame, "commands.close", label)) return frame.app.close_stream();
  }
  draw_rows(frame, shown);
}

// The newest, or that which somebody chose since.
const ShownStream& CommandsPanel::choose_stream(const std::vector<ShownStream>& streams) {
  if (streams.back().number > newest_seen_) chosen_ = newest_seen_ = streams.back().number;
  const auto found = std::ranges::find(streams, chosen_, &ShownStream::number);
  const ShownStream& shown = found == streams.end() ? streams.back() : *found;
  chosen_ = shown.number;
  if (shown_ != chosen_) {
    shown_ = chosen_;
    if (!row_to_show_) row_to_show_ = 0;
    kind_ = 0;
  }
  return shown;
}

void CommandsPanel::draw_kinds(const Frame& frame, const ShownStream& stream) {
  const CommandIndex::Counts counts = stream.commands->index().counts();
  std::vector<int> kinds = {0};
  std::size_t at = 0;
  for (int kind = 1; kind < send_command_count; kind++) {
    if (kind == kind_) at = kinds.size();
    if (kind == kind_ || counts[static_cast<std::size_t>(kind)] > 0) kinds.push_back(kind);
  }
  const auto name_of = [](int kind) {
    return kind == 0 ? std::string("all kinds")
                     : std::string(command_info(static_cast<SendCommand>(kind)).name);
  };
  ImGui::AlignTextToFramePadding();
  secondary_text(frame, "Show");
  ImGui::SameLine();
  ImGui::SetNextItemWidth(frame.px(170));
  const bool changed = combo(
      frame, "commands.kind", "Kind of commands shown", name_of(kind_), kinds.size(),
      [&](std::size_t i) {
        std::string name = name_of(kinds[i]);
        if (i == 0) return name;
        return fmt::format("{}  ({})", name, grouped(counts[static_cast<std::size_t>(kinds[i])]));
      },
      at);
  if (!changed) return;
  kind_ = kinds[at];
  row_to_show_ = 0;
}

// Whose commands they are; of several streams one is chosen.
void CommandsPanel::draw_subject(const Frame& frame, const std::vector<ShownStream>& streams,
                                 const ShownStream& shown) {
  const std::string count = count_text(rows_.count(), "command", "commands") + " of ";
  if (streams.size() == 1) {
    same_line_if_fits(frame, count + shown.subject, 0);
    ImGui::AlignTextToFramePadding();
    secondary_text(frame, count + shown.subject);
    frame.mirror.text("commands.subject", count + shown.subject);
    return;
  }
  same_line_if_fits(frame, count, 220);
  ImGui::AlignTextToFramePadding();
  secondary_text(frame, count);
  frame.mirror.text("commands.subject", count + shown.subject);
  ImGui::SameLine();
  ImGui::SetNextItemWidth(std::min(frame.px(260), ImGui::GetContentRegionAvail().x));
  std::size_t at = static_cast<std::size_t>(
      std::ranges::find(streams, shown.number, &ShownStream::number) - streams.begin());
  if (combo(
          frame, "commands.stream", "Stream", shown.subject, streams.size(),
          [&](std::size_t i) { return streams[i].subject; }, at)) {
    chosen_ = streams[at].number;
  }
}

// A command that was selected elsewhere is brought into view.
void CommandsPanel::follow_selection(const Frame& frame, const std::vector<ShownStream>& streams) {
  const Selection& selection = frame.app.selection();
  if (selection == seen_) return;
  seen_ = selection;
  if (selection.kind != Selection::Kind::command) return;
  if (std::ranges::find(streams, selection.send, &ShownStream::number) == streams.end()) return;
  chosen_ = selection.send;
  kind_ = 0;
  row_to_show_ = selection.command;
}

void CommandsPanel::draw_rows(const Frame& frame, const ShownStream& stream) {
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
               [&](int i) { draw_row(frame, stream, static_cast<u64>(i), mirrored); });
  ImGui::PopFont();
  ImGui::EndTable();
  frame.mirror.table("commands", "Stream commands", mirrored);
}

void CommandsPanel::draw_row(const Frame& frame, const ShownStream& stream, u64 number,
                             Mirror::Table& mirrored) {
  const auto right = [&](const std::string& value) {
    right_aligned(frame, value, frame.theme.secondary);
  };
  ImGui::TableNextRow(0, frame.row());
  ImGui::TableNextColumn();
  const CommandRow* const before = number == 0 ? nullptr : rows_.find(number - 1);
  const std::string path_before = before == nullptr ? "" : before->path;
  const CommandRow* row = rows_.find(number);
  const Selection& selection = frame.app.selection();
  const u64 index = row == nullptr ? number : row->place.index;
  const bool is_selected = selection.kind == Selection::Kind::command &&
                           selection.send == stream.number && selection.command == index;
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
  // Commands for one inode follow each other: where another one begins is seen.
  const bool goes_on = number != 0 && row->path == path_before;
  mono_text(frame, shown_name(row->path), goes_on ? frame.theme.secondary : frame.theme.text);
  if (!goes_on)
    ImGui::GetWindowDrawList()->AddLine(ImVec2(rect.x, rect.y), ImVec2(rect.right(), rect.y),
                                        paint(frame.theme.line));
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
  seen_ = {.kind = Selection::Kind::command, .send = stream.number, .command = index};
  frame.app.select(seen_);
}

}  // namespace canopy::ui
