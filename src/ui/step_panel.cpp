#include "ui/step_panel.h"

#include <fmt/format.h>

#include <algorithm>

#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr float label_width = 100;
constexpr float thread_width = 112;

struct ProtectionText {
  const char* label;
  const char* what;
};
// In the order of Protection.
constexpr ProtectionText protections[] = {
    {"Leaf clones",
     "What send keeps of a tree after it let go of the commit root semaphore is a "
     "copy, for the block itself may be written over."},
    {"Restart", "After a commit of a relocation send searches its place again."},
    {"Semaphore",
     "Send looks at commit roots, and a commit switches them, holding the commit root "
     "semaphore."},
    {"Pinning",
     "What a transaction frees stays what it was until its commit has switched the "
     "roots."},
    {"Re-validation", "Where an extent lies is asked at the moment when it is read."},
    {"Release before callback",
     "Send lets go of the semaphore before it writes a command, which "
     "may wait for the receiver."},
};

const char* state_name(StepSnapshot::State state) {
  switch (state) {
    case StepSnapshot::State::preparing:
      return "Preparing";
    case StepSnapshot::State::moving:
      return "Moving";
    case StepSnapshot::State::standing:
      return "Standing";
    case StepSnapshot::State::ended:
      return "Ended";
    case StepSnapshot::State::failed:
      return "Failed";
  }
  return "";
}

// Where a thread stands, in words.
std::string place_of(const Scheduler::Standing& thread) {
  if (thread.finished) return "has ended";
  if (!thread.waits_for.empty())
    return (thread.can_move ? "may have " : "waits for ") + thread.waits_for;
  std::string place(point_name(thread.at));
  std::replace(place.begin(), place.end(), '_', ' ');
  return place;
}

Color color_of(const std::string& thread, const Theme& theme) {
  if (thread == "send") return meaning::send;
  if (thread == "balance" || thread == "reclaim") return meaning::relocation;
  return theme.secondary;
}

}  // namespace

void StepPanel::draw(const Frame& frame) {
  const StepEntry* entry = frame.app.steps();
  if (entry == nullptr) {
    wrapped_text(frame,
                 "Watch send and relocation at the same time, one step at a time, on a copy of the "
                 "image as it was opened. What is sent is set in the send panel.",
                 frame.theme.secondary);
    draw_buttons(frame, nullptr);
    draw_settings(frame);
    return;
  }
  const StepSnapshotPtr seen = entry->job->snapshot();
  const StepSnapshot& snapshot = *seen;
  draw_state(frame, *entry, snapshot);
  draw_threads(frame, snapshot);
  draw_buttons(frame, &snapshot);
  draw_counts(frame, snapshot);
  draw_settings(frame);
}

void StepPanel::draw_state(const Frame& frame, const StepEntry& entry,
                           const StepSnapshot& snapshot) {
  const float column = frame.px(label_width);
  wrapped_text(frame, entry.subject, frame.theme.text);
  const std::string steps = count_text(snapshot.run.steps, "step", "steps");
  fact(frame, "State", fmt::format("{}, {}", state_name(snapshot.state), steps), column);
  if (!snapshot.run.stopped.empty() && snapshot.state == StepSnapshot::State::standing)
    fact(frame, "Why", snapshot.run.stopped, column);
  const bool ended = snapshot.state == StepSnapshot::State::ended;
  const bool equal = snapshot.verdict == StepVerdict::equal;
  if (ended) {
    wrapped_text(frame,
                 fmt::format("{}  {}", equal ? icon::check : icon::error, verdict_text(snapshot)),
                 equal ? frame.theme.text : frame.theme.error_text);
    if (equal && entry.job->stream() == nullptr)
      secondary_text(frame, "Too long to be kept here: the send panel makes the same.");
  }
  if (!snapshot.problem.empty()) wrapped_text(frame, snapshot.problem, frame.theme.error_text);
  std::vector<std::pair<std::string, std::string>> mirrored = {
      {"Subject", entry.subject},
      {"State", state_name(snapshot.state)},
      {"Steps", fmt::format("{}", snapshot.run.steps)},
      {"Stopped", snapshot.run.stopped},
      {"Commits", fmt::format("{}", snapshot.run.commits)},
      {"Restarts", fmt::format("{}", snapshot.run.restarts)},
      {"Without", snapshot.settings.protections.left_out()},
      {"Rules", std::string(rules_name(snapshot.settings.rules))}};
  if (ended) {
    mirrored.push_back({"Stream", std::string(step_verdict_name(snapshot.verdict))});
    mirrored.push_back({"SHA-256", snapshot.sha256});
    mirrored.push_back({"SHA-256 alone", snapshot.alone_sha256});
    if (!equal) mirrored.push_back({"Problem", verdict_text(snapshot)});
  }
  if (!snapshot.problem.empty()) mirrored.push_back({"Refused", snapshot.problem});
  frame.mirror.list("step.status", "Controlled run", mirrored);
}

void StepPanel::draw_counts(const Frame& frame, const StepSnapshot& snapshot) {
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  const float column = frame.px(label_width);
  fact(frame, "Commits", grouped(snapshot.run.commits), column);
  fact(frame, "Restarts", grouped(snapshot.run.restarts), column,
       "How often the send has searched its place again, because the relocation had committed");
  fact(frame, "Stream",
       fmt::format("{} of {}", size_text(snapshot.bytes), size_text(snapshot.alone_bytes)), column);
}

void StepPanel::draw_threads(const Frame& frame, const StepSnapshot& snapshot) {
  Mirror::Table mirrored;
  mirrored.columns = {"Thread", "Where"};
  mirrored.total = snapshot.run.threads.size();
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  for (const Scheduler::Standing& thread : snapshot.run.threads) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw.AddRectFilled(ImVec2(at.x, at.y + frame.px(2)),
                       ImVec2(at.x + frame.px(3), at.y + frame.px(16)),
                       paint(color_of(thread.name, frame.theme)));
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + frame.px(8));
    text(frame, thread.name);
    ImGui::SameLine(frame.px(thread_width));
    const std::string where = place_of(thread);
    wrapped_text(frame, where,
                 thread.can_move && !thread.finished ? frame.theme.text : frame.theme.secondary);
    mirrored.rows.push_back({{thread.name, where}, {}, mirrored.rows.size()});
  }
  frame.mirror.table("step.threads", "Threads", mirrored);
  if (snapshot.state != StepSnapshot::State::standing || snapshot.version == told_version_) return;
  told_version_ = snapshot.version;
  std::string news = fmt::format("Step {}", snapshot.run.steps);
  for (const Mirror::Row& row : mirrored.rows)
    news += fmt::format("; {}: {}", row.cells[0], row.cells[1]);
  frame.mirror.news(news);
}

void StepPanel::draw_buttons(const Frame& frame, const StepSnapshot* snapshot) {
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  std::function<void()> chosen;
  const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
  bool is_first = true;
  for (const StepAction& step : step_actions(frame.app)) {
    const std::string name = step.name;
    const bool is_start = name == "step.start";
    // Before a run there is only its beginning; in a run there is no other.
    if (snapshot == nullptr ? !is_start && name != "step.load" : is_start) continue;
    const std::string label = fmt::format("{}  {}", step.icon, step.label);
    const float width = ImGui::CalcTextSize(label.c_str()).x + frame.px(24);
    if (name == "step.seed") {
      ImGui::SetNextItemWidth(frame.px(84));
      text_field(frame, "step.seed_number", "Seed", "seed", frame.app.step_form.seed);
      is_first = false;
    }
    if (!is_first) {
      ImGui::SameLine(0, frame.px(4));
      if (ImGui::GetCursorPosX() + width > right) ImGui::NewLine();
    }
    is_first = false;
    if (button(frame, name, label, is_start ? ButtonKind::primary : ButtonKind::normal,
               step.action.enabled))
      chosen = step.action.run;
    hint(frame, *step.action.keys == 0 ? std::string(step.hint)
                                       : fmt::format("{} ({})", step.hint, step.action.keys));
  }
  if (chosen) {
    chosen();
    frame.app.host().wake();
  }
}

void StepPanel::draw_settings(const Frame& frame) {
  App& app = frame.app;
  InterplaySettings& settings = app.step_form.settings;
  ImGui::Dummy(ImVec2(0, frame.px(4)));
  ImGui::Separator();
  ImGui::Dummy(ImVec2(0, frame.px(2)));
  bool changed = false;
  static constexpr Rules rules[] = {Rules::kernel_5_2, Rules::kernel_5_3, Rules::kernel_5_14,
                                    Rules::kernel_5_17};
  static constexpr const char* explained[] = {"5.2: all together", "5.3: not beside a balance",
                                              "5.14: not beside any relocation", "5.17: together"};
  ImGui::AlignTextToFramePadding();
  secondary_text(frame, "Rules of");
  ImGui::SameLine(frame.px(label_width));
  ImGui::SetNextItemWidth(-1);
  std::size_t at = static_cast<std::size_t>(settings.rules);
  if (combo(
          frame, "step.rules", "Rules of Linux", explained[at], std::size(rules),
          [](std::size_t i) { return std::string(explained[i]); }, at)) {
    settings.rules = rules[at];
    changed = true;
  }
  draw_protections(frame, changed);
  if (changed && app.steps() != nullptr) {
    app.steps()->job->set(settings);
    app.host().wake();
  }
}

void StepPanel::draw_protections(const Frame& frame, bool& changed) {
  InterplaySettings& settings = frame.app.step_form.settings;
  secondary_text(frame, "Protections");
  hint(frame,
       "In a controlled run each can be left out, to see what it is for. Then the run begins "
       "anew; load or run the same schedule to see it fail.");
  Protections next;
  for (u32 i = 0; i < PROTECTIONS; ++i) {
    const auto protection = static_cast<Protection>(i);
    bool on = settings.protections.has(protection);
    if (check_box(frame, fmt::format("step.protection.{}", protection_name(protection)),
                  fmt::format("{}{}", protections[i].label, on ? "" : " (left out)"), on))
      changed = true;
    hint(frame, protections[i].what);
    if (!on) next.leave_out(protection);
  }
  settings.protections = next;
}

void TransactionsPanel::draw(const Frame& frame) {
  const StepEntry* entry = frame.app.steps();
  if (entry == nullptr) {
    empty_note(frame,
               "The commits of a controlled run appear here: what each moved, pinned and released, "
               "and the restarts of the send that it caused. Begin one in the panel Step.");
    return;
  }
  const StepSnapshotPtr seen = entry->job->snapshot();
  const StepSnapshot& snapshot = *seen;
  const std::vector<ControlledCommit>& commits = snapshot.run.transactions;
  Mirror::Table mirrored;
  mirrored.columns = {"Transaction",  "Thread", "Step",    "Moved",
                      "Held by send", "Pinned", "Restarts"};
  mirrored.total = commits.size();
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_SizingFixedFit |
                                ImGuiTableFlags_Resizable | ImGuiTableFlags_BordersInnerV |
                                ImGuiTableFlags_NoSavedSettings;
  if (!begin_table(frame, "transactions", 7, flags, ImGui::GetContentRegionAvail(), 720)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  for (const char* name : {"Transaction", "Thread", "Step", "Moved", "Held by send"})
    ImGui::TableSetupColumn(name, 0, frame.px(96));
  ImGui::TableSetupColumn("Pinned", 0, frame.px(150));
  ImGui::TableSetupColumn("Restarts", ImGuiTableColumnFlags_WidthStretch);
  table_header(frame);
  visible_rows(commits.size(), frame.row(), [&](int i) {
    // The newest first.
    const auto index = commits.size() - 1 - static_cast<std::size_t>(i);
    const ControlledCommit& commit = commits[index];
    const std::string pinned = commit.pinned_bytes == 0
                                   ? std::string("nothing")
                                   : fmt::format("{}, {}", size_text(commit.pinned_bytes),
                                                 commit.released ? "released" : "not yet released");
    ImGui::TableNextRow(0, frame.row());
    const auto number = [&](u64 value, bool is_marked = false) {
      ImGui::TableNextColumn();
      right_aligned(frame, grouped(value), is_marked ? frame.theme.text : frame.theme.secondary);
    };
    number(commit.transid, true);
    ImGui::TableNextColumn();
    text(frame, commit.thread);
    number(commit.step);
    number(commit.moved);
    number(commit.held, commit.held > 0);
    ImGui::TableNextColumn();
    text(frame, pinned);
    ImGui::TableNextColumn();
    text(frame, commit.restarts == 0 ? "" : grouped(commit.restarts));
    mirrored.rows.push_back(
        {{fmt::format("{}", commit.transid), commit.thread, fmt::format("{}", commit.step),
          fmt::format("{}", commit.moved), fmt::format("{}", commit.held), pinned,
          fmt::format("{}", commit.restarts)},
         {},
         index});
  });
  ImGui::EndTable();
  frame.mirror.table("transactions", "Transactions", mirrored);
}

}  // namespace canopy::ui
