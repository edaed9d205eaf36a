#include "ui/provenance_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "send/explain.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr std::size_t rows_at_once = 5;

std::string command_name(const SendEntry& entry, u64 index) {
  const std::vector<CommandPlace> places = entry.job->index().places(index, 1);
  if (places.empty() || places[0].number >= send_command_count) return "?";
  return std::string(command_info(static_cast<SendCommand>(places[0].number)).name);
}

}  // namespace

// A balance commits again and again; what is known of the moment before serves as long as it runs.
std::shared_ptr<const CommandOrigins> ProvenanceView::find(const Frame& frame,
                                                           const SendEntry& entry) {
  Session& session = *frame.app.session();
  if (!session.is_balancing()) generation_ = session.summary().generation;
  return session.lookups().origins.find({entry.job->request(), generation_});
}

void ProvenanceView::draw_reason(const Frame& frame) {
  const SendEntry* entry = frame.app.find_send(frame.app.selection().send);
  if (entry == nullptr) return;
  const auto origins = find(frame, *entry);
  if (origins == nullptr) return empty_note(frame, "Looking for the reason…");
  const auto origin = origins->find(frame.app.selection().command);
  if (!origin) return empty_note(frame, "The reason is not known: " + origins->problem());
  const float column = frame.px(96);
  std::vector<std::pair<std::string, std::string>> mirrored = {
      {"Reason", std::string(origin->rule)}};
  fact(frame, "Reason", mirrored[0].second, column);
  if (const ItemCause& cause = origin->cause; cause.has_item()) {
    mirrored.push_back({"Item", cause_text(cause)});
    fact(frame, "Item", mirrored[1].second, column);
    // By its key, which leads there also once its leaf has moved.
    if (button(frame, "inspector.cause", std::string(icon::link) + "  Go to the item")) {
      frame.app.go_to(fmt::format("{} ({} {} {})", cause.tree, cause.key.objectid, cause.key.type,
                                  cause.key.offset));
    }
  }
  frame.mirror.list("inspector.reason", "Why this command is in the stream", mirrored);
}

void ProvenanceView::draw_caused(const Frame& frame, u64 tree, const Key& key) {
  const SendEntry* entry = frame.app.current_send();
  if (entry == nullptr || entry->job->snapshot().state != JobState::done) return;
  const SendRequest& request = entry->job->request();
  if (tree != request.subvolume && tree != request.parent) return;
  if (asked_ != entry->number) {
    if (button(frame, "inspector.ask_caused", std::string(icon::link) + "  Its commands"))
      asked_ = entry->number;
    hint(frame, "Which commands of the stream this item has led to");
    return;
  }
  const auto origins = find(frame, *entry);
  const auto caused = origins == nullptr
                          ? nullptr
                          : frame.app.session()->lookups().caused.find({origins, tree, key});
  if (caused == nullptr) return empty_note(frame, "Looking for its commands…");
  std::string found = caused->total == 0
                          ? "It led to no command"
                          : "It led to " + count_text(caused->total, "command", "commands");
  found += " of " + entry->subject;
  if (!origins->problem().empty()) found += " (" + origins->problem() + ")";
  wrapped_text(frame, found + (caused->total == 0 ? "." : ":"), frame.theme.secondary);
  draw_rows(frame, *entry, *origins, *caused);
}

void ProvenanceView::draw_rows(const Frame& frame, const SendEntry& entry,
                               const CommandOrigins& origins,
                               const CommandOrigins::Caused& caused) {
  Mirror::Table mirrored;
  mirrored.columns = {"#", "Command", "Reason"};
  mirrored.total = caused.total;
  const std::size_t count = caused.first.size();
  const float height = frame.row() * static_cast<float>(std::min(count, rows_at_once));
  const ImGuiTableFlags flags =
      ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_NoSavedSettings;
  if (count > 0 && ImGui::BeginTable("caused", 3, flags, ImVec2(0, height))) {
    ImGui::TableSetupColumn("#", 0, frame.px(48));
    ImGui::TableSetupColumn("Command", 0, frame.px(88));
    ImGui::TableSetupColumn("Reason", ImGuiTableColumnFlags_WidthStretch);
    visible_rows(count, frame.row(), [&](int i) {
      const u64 index = caused.first[static_cast<std::size_t>(i)];
      const std::string name = command_name(entry, index);
      const auto origin = origins.find(index);
      const std::string rule(origin ? origin->rule : "");
      ImGui::TableNextRow(0, frame.row());
      ImGui::TableNextColumn();
      ImGui::PushID(i);
      const bool clicked =
          ImGui::Selectable(grouped(index).c_str(), false, ImGuiSelectableFlags_SpanAllColumns,
                            ImVec2(0, frame.cell()));
      ImGui::PopID();
      hint(frame, rule + "\nClick to go to the command");
      const Rect rect = item_rect();
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(name.c_str());
      ImGui::TableNextColumn();
      secondary_text(frame, rule);
      if (clicked) {
        frame.app.select(
            {.kind = Selection::Kind::command, .send = entry.number, .command = index});
      }
      mirrored.rows.push_back({{fmt::format("{}", index), name, rule}, rect, static_cast<u64>(i)});
    });
    ImGui::EndTable();
  }
  frame.mirror.table("inspector.caused", "Commands that the item led to", mirrored);
}

}  // namespace canopy::ui
