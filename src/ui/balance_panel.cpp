#include <fmt/format.h>

#include <algorithm>

#include "ui/panels.h"
#include "ui/text.h"
#include "volume/chunk_map.h"

namespace canopy::ui {

namespace {

constexpr float label_width = 104;

std::string chunk_count_text(u64 part, u64 all) {
  return fmt::format("{} of {}", grouped(part), count_text(all, "chunk", "chunks"));
}

// "Would move" of dry runs, "moved", or why not.
std::string verdict_of(const BalancedChunk& chunk, bool dry_run) {
  if (dry_run) return "would move";
  return chunk.verdict == ChunkVerdict::relocated ? "moved" : "no room: " + chunk.problem;
}

// "12 MiB to move; 30 MiB free in chunks that stay, at least 1 GiB in new ones: enough".
std::string room_text(const PlannedRoom& room) {
  return fmt::format("{} to move; {} free in chunks that stay, {}{} in new ones: {}",
                     size_text(room.to_move), size_text(room.free),
                     room.is_counted_to_the_end() ? "" : "at least ", size_text(room.new_chunks),
                     room_verdict_text(room.verdict()));
}

void draw_room(const Frame& frame, const PlannedRoom& room) {
  const bool too_little = room.verdict() == PlannedRoom::Verdict::too_little;
  wrapped_text(frame,
               fmt::format("{}  Room for {}", too_little ? icon::warning : icon::check,
                           block_group_flags_text(room.flags)),
               too_little ? frame.theme.error_text : frame.theme.text);
  wrapped_text(frame, room_text(room), frame.theme.secondary);
}

using MirroredList = std::vector<std::pair<std::string, std::string>>;

// What a dry run found.
void draw_plan(const Frame& frame, const BalancePlan& plan, float column, MirroredList& mirrored) {
  wrapped_text(frame,
               fmt::format("{}  Would move {}", icon::info,
                           chunk_count_text(plan.chunks.size(), plan.considered)),
               frame.theme.text);
  fact(frame, "Data", size_text(plan.data_bytes), column, exact_bytes_text(plan.data_bytes));
  fact(frame, "Tree blocks", size_text(plan.metadata_bytes), column,
       exact_bytes_text(plan.metadata_bytes));
  fact(frame, "Unallocated", size_text(plan.unallocated_bytes), column,
       exact_bytes_text(plan.unallocated_bytes));
  mirrored.push_back({"Would move", fmt::format("{}", plan.chunks.size())});
  for (const PlannedRoom& room : plan.rooms) {
    draw_room(frame, room);
    mirrored.push_back(
        {fmt::format("Room for {}", block_group_flags_text(room.flags)), room_text(room)});
  }
  if (plan.data_bytes > 0)
    wrapped_text(frame,
                 fmt::format("Moving data writes the tree blocks above it anew: up to {} of room "
                             "for metadata are needed until each batch is committed.",
                             size_text(plan.rewritten_bytes)),
                 frame.theme.secondary);
}

// Said before, while and after something moves.
void draw_paused_warning(const Frame& frame, const BalanceEntry& entry) {
  const std::optional<BalancePlan> plan = entry.job->plan();
  if (!plan || !plan->is_paused_by_kernel) return;
  const std::string warning = std::string("Mind: ") + PAUSED_BALANCE_WARNING + ".";
  wrapped_text(frame, std::string(icon::warning) + "  " + warning, frame.theme.error_text);
  frame.mirror.text("balance.warning", warning);
}

}  // namespace

void BalancePanel::draw(const Frame& frame) {
  const BalanceEntry* entry = frame.app.balance();
  const bool active = entry != nullptr && !entry->job->snapshot().ended();
  if (!active && frame.app.image_is_changed()) draw_saving(frame);
  if (!active) draw_form(frame);
  if (entry != nullptr) {
    const BalanceJobSnapshot snapshot = entry->job->snapshot();
    if (active) {
      draw_progress(frame, *entry, snapshot);
    } else {
      draw_result(frame, *entry, snapshot);
    }
    draw_paused_warning(frame, *entry);
  }
}

void BalancePanel::draw_kind(const Frame& frame, const char* name, const std::string& label,
                             BalanceForm::Kind& kind) {
  check_box(frame, std::string("balance.") + name, label, kind.chosen);
  ImGui::SameLine(frame.px(12 + label_width));
  ImGui::SetNextItemWidth(-1);
  text_field(frame, fmt::format("balance.{}.filters", name), label + " filters", "all chunks",
             kind.filters, kind.chosen);
  hint(frame,
       "Filters as in btrfs balance start, joined by commas: usage=N or A..B, profiles=A|B, "
       "devid=N, drange=A..B, vrange=A..B, stripes=A..B, limit=N, convert=PROFILE, soft");
}

void BalancePanel::draw_form(const Frame& frame) {
  App& app = frame.app;
  BalanceForm& form = app.balance_form;
  if (!app.image_is_changed()) {
    wrapped_text(frame,
                 "Moves block groups, as btrfs balance does. Your file is not written: changes are "
                 "kept beside it until you save the changed image.",
                 frame.theme.secondary);
  }
  draw_kind(frame, "data", "Data", form.data);
  draw_kind(frame, "metadata", "Metadata", form.metadata);
  draw_kind(frame, "system", "System", form.system);
  check_box(frame, "balance.force", "Allow fewer metadata copies", form.force);
  hint(frame, "A conversion may take copies of metadata away (--force)");
  const auto request = form.request();
  if (!request.ok()) {
    wrapped_text(frame, request.error().to_string(), frame.theme.error_text);
    frame.mirror.text("balance.problem", request.error().to_string());
  }
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  const bool ready = request.ok() && !app.is_saving_image();
  if (button(frame, "balance.start", std::string(icon::play) + "  Balance", ButtonKind::primary,
             ready, frame.px(112))) {
    (void)app.start_balance(request.value(), false);
  }
  ImGui::SameLine();
  if (button(frame, "balance.dry_run", "Dry run", ButtonKind::normal, ready)) {
    (void)app.start_balance(request.value(), true);
  }
  hint(frame, "Says what would move, and how much room there is, without moving anything");
}

void BalancePanel::draw_progress(const Frame& frame, const BalanceEntry& entry,
                                 const BalanceJobSnapshot& snapshot) {
  const bool paused = snapshot.state == JobState::paused;
  progress_bar(frame, snapshot.fraction, meaning::relocation, paused);
  frame.mirror.progress("balance.progress", "Balancing", snapshot.fraction);
  const float column = frame.px(12 + label_width);
  const std::string percent = fmt::format("{:.0f} %", snapshot.fraction * 100);
  const std::string chunks = chunk_count_text(snapshot.chunks_relocated, snapshot.chunks_expected);
  const std::string left = snapshot.seconds_left ? duration_text(*snapshot.seconds_left) : "–";
  fact(frame, "Progress", paused ? percent + ", paused" : percent, column);
  fact(frame, "Moved", chunks, column);
  fact(frame, "Block group", snapshot.current_group == 0 ? "–" : grouped(snapshot.current_group),
       column, "The one that is emptied now, by its logical address");
  fact(frame, "Data", size_text(snapshot.data_bytes_moved), column,
       exact_bytes_text(snapshot.data_bytes_moved));
  fact(frame, "Extents", grouped(snapshot.extents_moved), column,
       "Data extents and tree blocks that have a new address");
  fact(frame, "Commits", grouped(snapshot.commits), column);
  fact(frame, "Time left", left, column);
  frame.mirror.list("balance.status", "Balance",
                    {{"State", job_state_name(snapshot.state)},
                     {"Moved", chunks},
                     {"Commits", fmt::format("{}", snapshot.commits)},
                     {"Time left", left}});
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  if (paused) {
    if (button(frame, "balance.resume", std::string(icon::play) + "  Resume",
               ButtonKind::primary)) {
      entry.job->resume();
    }
  } else if (button(frame, "balance.pause", std::string(icon::pause) + "  Pause")) {
    entry.job->pause();
  }
  ImGui::SameLine();
  if (button(frame, "balance.cancel", std::string(icon::stop) + "  Cancel")) entry.job->cancel();
  hint(frame, "Ends after the batch in hand: what was committed stays a valid filesystem");
}

void BalancePanel::draw_result(const Frame& frame, const BalanceEntry& entry,
                               const BalanceJobSnapshot& snapshot) {
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  ImGui::Separator();
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  const float column = frame.px(12 + label_width);
  const std::string moved = chunk_count_text(snapshot.chunks_relocated, snapshot.chunks_expected);
  MirroredList mirrored = {{"State", job_state_name(snapshot.state)}};
  const std::optional<BalancePlan> plan = entry.job->plan();
  if (snapshot.state == JobState::failed) {
    wrapped_text(frame, std::string(icon::error) + "  The balance failed", frame.theme.error_text);
    wrapped_text(frame, snapshot.problem, frame.theme.text);
    mirrored.push_back({"Problem", snapshot.problem});
  } else if (entry.dry_run && plan) {
    draw_plan(frame, *plan, column, mirrored);
  } else {
    const bool cancelled = snapshot.state == JobState::cancelled;
    const bool short_of_room = snapshot.chunks_without_space > 0;
    const char* sign = cancelled ? icon::stop : short_of_room ? icon::warning : icon::check;
    const char* word = cancelled ? "Cancelled, moved" : "Moved";
    wrapped_text(frame, fmt::format("{}  {} {}", sign, word, moved), frame.theme.text);
    if (short_of_room) {
      wrapped_text(frame,
                   fmt::format("There was no room for {}.",
                               count_text(snapshot.chunks_without_space, "chunk", "chunks")),
                   frame.theme.error_text);
    }
    fact(frame, "Data", size_text(snapshot.data_bytes_moved), column,
         exact_bytes_text(snapshot.data_bytes_moved));
    fact(frame, "Extents", grouped(snapshot.extents_moved), column);
    fact(frame, "Commits", grouped(snapshot.commits), column);
    fact(frame, "Took", duration_text(snapshot.seconds), column);
    mirrored.push_back({"Moved", moved});
    mirrored.push_back({"No room", fmt::format("{}", snapshot.chunks_without_space)});
    mirrored.push_back({"Commits", fmt::format("{}", snapshot.commits)});
  }
  frame.mirror.list("balance.status", "Balance", mirrored);
}

void BalancePanel::draw_saving(const Frame& frame) {
  const u64 changed = frame.app.session()->changed_bytes();
  wrapped_text(frame,
               fmt::format("The image was changed: {} differ from the file that was opened.",
                           size_text(changed)),
               frame.theme.text);
  if (frame.app.is_saving_image()) {
    secondary_text(frame, "Saving the changed image…");
  } else if (button(frame, "balance.save", std::string(icon::save) + "  Save the changed image")) {
    frame.app.host().save_image();
  }
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  ImGui::Separator();
  ImGui::Dummy(ImVec2(0, frame.px(2)));
}

void ChunksPanel::draw(const Frame& frame) {
  const BalanceEntry* entry = frame.app.balance();
  if (entry == nullptr) {
    empty_note(frame,
               "What a balance does with each chunk appears here. A dry run says beforehand what "
               "would move.");
    return;
  }
  const std::vector<BalancedChunk> chunks = entry->job->chunks();
  Mirror::Table mirrored;
  mirrored.columns = {"Logical", "Length", "Used", "Kind", "Verdict"};
  mirrored.total = chunks.size();
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingFixedFit |
                                ImGuiTableFlags_Resizable | ImGuiTableFlags_BordersInnerV |
                                ImGuiTableFlags_NoSavedSettings;
  if (!begin_table(frame, "chunks", 5, flags, ImGui::GetContentRegionAvail(), 600)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Logical", 0, frame.px(140));
  ImGui::TableSetupColumn("Length", 0, frame.px(84));
  ImGui::TableSetupColumn("Used", 0, frame.px(84));
  ImGui::TableSetupColumn("Kind", 0, frame.px(150));
  ImGui::TableSetupColumn("Verdict", ImGuiTableColumnFlags_WidthStretch);
  table_header(frame);
  visible_rows(chunks.size(), frame.row(), [&](int i) {
    const BalancedChunk& chunk = chunks[static_cast<std::size_t>(i)];
    const std::string kind = block_group_flags_text(chunk.flags);
    const std::string verdict = verdict_of(chunk, entry->dry_run);
    ImGui::TableNextRow(0, frame.row());
    ImGui::TableNextColumn();
    ImGui::PushFont(frame.fonts.mono);
    right_aligned(frame, grouped_mono(chunk.logical), frame.theme.text);
    ImGui::PopFont();
    ImGui::TableNextColumn();
    right_aligned(frame, size_text(chunk.length), frame.theme.secondary);
    ImGui::TableNextColumn();
    right_aligned(frame, size_text(chunk.used), frame.theme.secondary);
    ImGui::TableNextColumn();
    text(frame, kind);
    ImGui::TableNextColumn();
    const bool failed = !entry->dry_run && chunk.verdict != ChunkVerdict::relocated;
    ImGui::PushStyleColor(ImGuiCol_Text, paint(failed ? frame.theme.error_text : frame.theme.text));
    text(frame, std::string(failed ? icon::warning : icon::check) + "  " + verdict);
    ImGui::PopStyleColor();
    mirrored.rows.push_back({{fmt::format("{}", chunk.logical), fmt::format("{}", chunk.length),
                              fmt::format("{}", chunk.used), kind, verdict},
                             {},
                             static_cast<u64>(i)});
  });
  ImGui::EndTable();
  frame.mirror.table("chunks", "Chunks", mirrored);
}

}  // namespace canopy::ui
