// The questions that the page asks in the middle of the window.
#include <fmt/format.h>

#include <algorithm>

#include "ui/panels.h"
#include "ui/shell.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

// Opens the question while it is `wanted`; true if it is to be drawn, up to ImGui::EndPopup().
bool begin_question(const Frame& frame, const char* title, bool wanted) {
  if (wanted && !ImGui::IsPopupOpen(title)) ImGui::OpenPopup(title);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(screen.x / 2, screen.y / 2), ImGuiCond_Always, ImVec2(0.5f, 0.5f));
  ImGui::SetNextWindowSize(ImVec2(std::min(frame.px(480), screen.x - frame.px(16)), 0));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(20), frame.px(16)));
  const bool open = ImGui::BeginPopupModal(title, nullptr,
                                           ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove);
  ImGui::PopStyleVar();
  if (!open) return false;
  if (wanted) {
    heading(frame, title);
    return true;
  }
  ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
  return false;
}

bool is_escaped() { return ImGui::IsKeyPressed(ImGuiKey_Escape); }

}  // namespace

void Shell::draw_pending_open(const Frame& frame) {
  const auto& pending = app_.pending_open();
  if (!begin_question(frame, "Open another image?", pending.has_value())) return;
  const std::string explanation =
      fmt::format("{} takes the place of {}. {}", shown_name(pending->name),
                  shown_name(app_.image_name()), fmt::join(app_.lost_by_opening(), " "));
  wrapped_text(frame, explanation, frame.theme.text);
  frame.mirror.text("replace.question", explanation);
  ImGui::Dummy(ImVec2(0, frame.px(8)));
  if (button(frame, "replace.open", "Open it", ButtonKind::primary)) app_.answer_pending_open(true);
  ImGui::SameLine();
  if (button(frame, "replace.keep", "Keep the image") || is_escaped()) {
    app_.answer_pending_open(false);
  }
  ImGui::EndPopup();
}

void Shell::draw_partition_choice(const Frame& frame) {
  const auto& choice = app_.partition_choice();
  if (!begin_question(frame, "Which partition?", choice.has_value())) return;
  const std::string explanation =
      shown_name(choice->open.name) + " is a whole disk; these of its partitions hold Btrfs:";
  wrapped_text(frame, explanation, frame.theme.text);
  frame.mirror.text("partition.question", explanation);
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  std::optional<u32> chosen;
  const float width = ImGui::GetContentRegionAvail().x;
  for (const Partition& partition : choice->partitions) {
    const std::string label =
        fmt::format("{}{}: {} at {}", partition.number,
                    partition.name.empty() ? "" : " \"" + shown_name(partition.name) + "\"",
                    size_text(partition.length), size_text(partition.start));
    if (button(frame, fmt::format("partition.{}", partition.number), label, ButtonKind::normal,
               true, width)) {
      chosen = partition.number;
    }
  }
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  const bool cancelled = button(frame, "partition.cancel", "Cancel") || is_escaped();
  if (chosen || cancelled) app_.choose_partition(chosen);
  ImGui::EndPopup();
}

// The copies of the superblock, and the earlier commits that it still knows.
void Shell::draw_commits(const Frame& frame) {
  bool& shown = panels_->subvolumes.choose_commit;
  if (app_.session() == nullptr) shown = false;
  if (!begin_question(frame, "Open as of another commit", shown)) return;
  const ImageSummary& summary = app_.session()->summary();
  wrapped_text(
      frame,
      "The superblock remembers the roots of the last commits. What was written over since "
      "gives errors where it is read.",
      frame.theme.text);
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  std::optional<OpenOptions> chosen;
  const float width = ImGui::GetContentRegionAvail().x;
  const auto offer = [&](const std::string& name, const std::string& label, bool enabled,
                         const OpenOptions& options) {
    if (button(frame, name, label, ButtonKind::normal, enabled, width)) chosen = options;
  };
  offer("commits.last", "The last commit", true, {});
  const auto super = load_struct<Superblock>(Bytes(summary.superblock));
  for (u32 slot = 0; slot < NUM_BACKUP_ROOTS; slot++) {
    const u64 generation = super.super_roots[slot].tree_root_gen;
    if (generation == 0) continue;
    OpenOptions options;
    options.backup_root = slot;
    offer(fmt::format("commits.backup.{}", slot),
          fmt::format("Backup root {}: generation {}{}", slot, grouped(generation),
                      generation == summary.generation ? ", which is shown" : ""),
          true, options);
  }
  for (u32 copy = 0; copy < std::size(SUPER_OFFSETS); copy++) {
    OpenOptions options;
    options.super_copy = copy;
    const u64 end = SUPER_OFFSETS[copy] + SUPER_INFO_SIZE;
    const bool is_there = !summary.devices.empty() && summary.devices.front().size_bytes >= end;
    offer(fmt::format("commits.super.{}", copy),
          fmt::format("Superblock copy {}, at {}", copy, size_text(SUPER_OFFSETS[copy])), is_there,
          options);
  }
  OpenOptions rescue;
  rescue.losses = std::make_shared<Losses>();
  offer("commits.rescue", "Rescue: leave out what is damaged, and list it", true, rescue);
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  const bool cancelled = button(frame, "commits.cancel", "Cancel") || is_escaped();
  if (chosen || cancelled) shown = false;
  if (chosen) app_.reopen(*chosen);
  ImGui::EndPopup();
}

void Shell::draw_drop_target(const Frame& frame) {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImDrawList& draw = *ImGui::GetForegroundDrawList();
  draw.AddRectFilled(ImVec2(0, 0), screen, paint(with_alpha(theme_->background, 200)));
  const float inset = frame.px(16);
  draw.AddRect(ImVec2(inset, inset), ImVec2(screen.x - inset, screen.y - inset),
               paint(theme_->accent), frame.px(size::rounding), 0, frame.px(2));
  const char* text = app_.session() == nullptr ? "Drop to open"
                                               : "Drop to open this image instead, or a send "
                                                 "stream beside it";
  const ImVec2 extent = fonts_.heading->CalcTextSizeA(fonts_.heading->FontSize, 1e9f, 0, text);
  draw.AddText(fonts_.heading, fonts_.heading->FontSize,
               ImVec2((screen.x - extent.x) / 2, (screen.y - extent.y) / 2), paint(theme_->text),
               text);
}

}  // namespace canopy::ui
