#include "ui/check_panel.h"

#include <fmt/format.h>

#include <algorithm>

#include "ui/text.h"

namespace canopy::ui {

namespace {

// What leads to the place of a finding: a key, or an address; empty if it has neither.
std::string query_of(const Finding& finding) {
  if (finding.tree && finding.key) {
    return fmt::format("{} ({} {} {})", *finding.tree, finding.key->objectid, finding.key->type,
                       finding.key->offset);
  }
  return finding.address ? fmt::format("{}", *finding.address) : "";
}

std::string place_of(const Finding& finding) {
  std::string place;
  if (finding.tree) place = objectid_name(*finding.tree);
  if (finding.key) place += (place.empty() ? "" : " ") + key_text(*finding.key);
  if (finding.address) place += (place.empty() ? "" : " at ") + grouped(*finding.address);
  return place;
}

}  // namespace

void CheckPanel::draw(const Frame& frame, const Rect& rect) {
  begin_panel(frame, "Check", rect);
  ConsistencyJob* const job = frame.app.consistency();
  if (job != shown_) {
    shown_ = job;
    findings_.clear();
    chosen_ = ~std::size_t{0};
  }
  const ConsistencySnapshot snapshot = job == nullptr ? ConsistencySnapshot() : job->snapshot();
  if (job != nullptr && !snapshot.ended()) {
    draw_progress(frame, snapshot);
  } else {
    const bool balancing = frame.app.session()->is_balancing();
    if (button(frame, "check.start", std::string(icon::checklist) + "  Check the filesystem",
               ButtonKind::primary, !balancing)) {
      frame.app.start_check(with_data_);
    }
    const std::string label = "and all data, on every copy";
    same_line_if_fits(frame, label, 40);
    check_box(frame, "check.data", label, with_data_, !balancing);
    hint(frame, "Reads all data and compares it with its checksums");
  }
  if (job == nullptr) {
    empty_note(frame,
               "Goes through every tree block, reference, file and free space, as btrfs check does "
               "and further. Nothing is changed. What it finds is listed here, each with the way "
               "to it.");
    end_panel();
    return;
  }
  for (Finding& finding : job->findings(findings_.size()))
    findings_.push_back(std::move(finding));
  const std::string found = fmt::format("{}, {}", count_text(snapshot.errors, "error", "errors"),
                                        count_text(snapshot.warnings, "warning", "warnings"));
  const bool is_clean = snapshot.state == JobState::done && snapshot.errors == 0;
  const std::string verdict = snapshot.state == JobState::failed ? snapshot.problem
                              : is_clean && snapshot.warnings == 0
                                  ? std::string("Nothing is wrong with it.")
                                  : fmt::format("{}: {}", job_state_name(snapshot.state), found);
  wrapped_text(frame, fmt::format("{}  {}", is_clean ? icon::check : icon::info, verdict),
               snapshot.errors > 0 || snapshot.state == JobState::failed ? frame.theme.error_text
                                                                         : frame.theme.text);
  frame.mirror.list("check.status", "Check",
                    {{"State", job_state_name(snapshot.state)},
                     {"Stage", check_stage_name(snapshot.stage)},
                     {"Errors", fmt::format("{}", snapshot.errors)},
                     {"Warnings", fmt::format("{}", snapshot.warnings)}});
  draw_findings(frame);
  end_panel();
}

void CheckPanel::draw_progress(const Frame& frame, const ConsistencySnapshot& snapshot) {
  if (button(frame, "check.cancel", std::string(icon::stop) + "  Cancel")) {
    frame.app.consistency()->cancel();
  }
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  text(frame, fmt::format("Step {} of {}: {}", static_cast<u32>(snapshot.stage) + 1, CHECK_STAGES,
                          check_stage_name(snapshot.stage)));
  const double in_stage =
      snapshot.total == 0
          ? 0
          : std::min(1.0, static_cast<double>(snapshot.done) / static_cast<double>(snapshot.total));
  const double fraction =
      (static_cast<double>(snapshot.stage) + in_stage) / static_cast<double>(CHECK_STAGES);
  progress_bar(frame, fraction, frame.theme.accent, false);
  frame.mirror.progress("check.progress", "Check", fraction);
}

void CheckPanel::draw_findings(const Frame& frame) {
  if (findings_.empty()) return;
  Mirror::Table mirrored;
  mirrored.columns = {"Severity", "Problem", "Place", "Reason"};
  mirrored.total = findings_.size();
  const ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_BordersInnerH |
                                ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_Resizable |
                                ImGuiTableFlags_NoSavedSettings;
  if (!begin_table(frame, "findings", 3, flags, ImGui::GetContentRegionAvail(), 600)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("Problem", 0, frame.px(130));
  ImGui::TableSetupColumn("Place", 0, frame.px(220));
  ImGui::TableSetupColumn("Reason", ImGuiTableColumnFlags_WidthStretch);
  table_header(frame);
  visible_rows(findings_.size(), frame.row(),
               [&](int i) { draw_finding(frame, static_cast<std::size_t>(i), mirrored); });
  ImGui::EndTable();
  frame.mirror.table("check.findings", "Findings", mirrored);
}

void CheckPanel::draw_finding(const Frame& frame, std::size_t index, Mirror::Table& mirrored) {
  const Finding& finding = findings_[index];
  const bool is_error = finding.severity == Severity::error;
  ImGui::TableNextRow(0, frame.row());
  ImGui::TableNextColumn();
  ImGui::PushID(static_cast<int>(index));
  const std::string label =
      fmt::format("{}  {}", is_error ? icon::error : icon::warning, problem_name(finding.problem));
  const bool clicked =
      ImGui::Selectable(label.c_str(), index == chosen_, ImGuiSelectableFlags_SpanAllColumns,
                        ImVec2(0, frame.cell()));
  const Rect rect = item_rect();
  hint(frame, finding.to_string());
  if (clicked) {
    chosen_ = index;
    if (const std::string query = query_of(finding); !query.empty()) frame.app.inspect(query);
  }
  ImGui::TableNextColumn();
  const std::string place = place_of(finding);
  secondary_text(frame, place);
  ImGui::TableNextColumn();
  text(frame, shown_name(finding.reason));
  ImGui::PopID();
  mirrored.rows.push_back(
      {{is_error ? "error" : "warning", problem_name(finding.problem), place, finding.reason},
       rect,
       index});
  if (index == chosen_) mirrored.selected = index;
}

}  // namespace canopy::ui
