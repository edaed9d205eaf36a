// The table of all actions of the page: the only place that says which there are and their keys.
#include <array>

#include "imgui.h"
#include "ui/panels.h"
#include "ui/shell.h"

namespace canopy::ui {

namespace {

// The windows that F6 goes through, in reading order; the one without a name is the view that is
// shown.
constexpr const char* windows[] = {"Bar", "Filesystem", "Jobs", "Views", "", "Inspector", "Tables"};
constexpr int window_count = static_cast<int>(std::size(windows));
// While there is a stream and no image.
constexpr const char* windows_of_stream[] = {"Bar", "Stream", "Tables", "Inspector"};
constexpr int window_of_stream_count = static_cast<int>(std::size(windows_of_stream));
constexpr std::array sections_of_stream = {Section::jobs, Section::tables, Section::inspector};

}  // namespace

void Shell::focus_panel(int step) {
  int& at = panels_->focused_panel;
  if (has_stream_alone()) return focus_panel_of_stream(at, step);
  if (app_.session() == nullptr) {
    ImGui::SetWindowFocus("Start");
    return;
  }
  if (panels_->is_single) {
    const auto count = static_cast<int>(section_count);
    at = (static_cast<int>(panels_->section) + step + count) % count;
    return show_section(static_cast<Section>(at));
  }
  focus_panel_at(at < 0 ? (step > 0 ? 0 : window_count - 1)
                        : (at + step + window_count) % window_count);
}

void Shell::focus_panel_at(int at) {
  panels_->focused_panel = at;
  const bool is_view = windows[at][0] == 0;
  ImGui::SetWindowFocus(is_view ? view_names()[static_cast<std::size_t>(app_.view())].c_str()
                                : windows[at]);
}

void Shell::focus_panel_of_stream(int& at, int step) {
  const int count =
      panels_->is_single ? static_cast<int>(sections_of_stream.size()) : window_of_stream_count;
  at = at < 0 || at >= count ? (step > 0 ? 0 : count - 1) : (at + step + count) % count;
  const auto place = static_cast<std::size_t>(at);
  if (panels_->is_single) return show_section(sections_of_stream[place]);
  ImGui::SetWindowFocus(windows_of_stream[place]);
}

std::vector<Action> Shell::actions() {
  Panels& panels = *panels_;
  const bool open = app_.session() != nullptr;
  std::vector<Action> all;
  const auto add = [&](const char* group, const char* title, const char* keys, int chord,
                       bool enabled, std::function<void()> run) {
    all.push_back({group, title, keys, chord, enabled, std::move(run)});
  };
  add("Image", "Open image", "Ctrl+O", ImGuiMod_Ctrl | ImGuiKey_O, true,
      [this] { app_.host().choose_files(); });
  add("Image", "Open the sample", "", 0, true, [this] { app_.host().open_sample(); });
  add("Image", "Open as of another commit", "", 0, open,
      [&panels] { panels.subvolumes.choose_commit = true; });
  add("Image", "Show the superblock", "", 0, open, [this] {
    Selection selection;
    selection.kind = Selection::Kind::superblock;
    app_.select(selection);
  });
  add_stream_actions(all);
  add_job_actions(all);
  for (StepAction& step : step_actions(app_))
    all.push_back(std::move(step.action));
  add("View", "Back", "Alt+Left", ImGuiMod_Alt | ImGuiKey_LeftArrow, app_.can_go_back(),
      [this] { app_.go_back(); });
  add("View", "Forward", "Alt+Right", ImGuiMod_Alt | ImGuiKey_RightArrow, app_.can_go_forward(),
      [this] { app_.go_forward(); });
  add("View", "Undo zoom, tab or splitter", "Ctrl+Z", ImGuiMod_Ctrl | ImGuiKey_Z,
      view_undo_.can_undo(), [this] { show_state(view_undo_.undo()); });
  add("View", "Redo zoom, tab or splitter", "Ctrl+Shift+Z",
      ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_Z, view_undo_.can_redo(),
      [this] { show_state(view_undo_.redo()); });
  add("View", "Copy a link to this place", "", 0, open, [this] { app_.host().copy_link(); });
  add("View", "Search path, inode, key or address", "/", ImGuiKey_Slash, open, [&panels] {
    ImGui::SetWindowFocus("Bar");
    panels.focus_search = panels.shows_search = true;
  });
  for (std::size_t i = 0; i < view_names().size(); i++) {
    static constexpr const char* keys[] = {"1", "2", "3", "4", "5", "6"};
    all.push_back(
        {"View", view_names()[i], keys[i], ImGuiKey_1 + static_cast<int>(i), open, [this, i] {
           app_.show(static_cast<View>(i));
           panels_->section = Section::views;
           focuses_view_ = true;
         }});
  }
  add("View", "Show all trees", "F", ImGuiKey_F, open, [&panels] { panels.trees.fit(); });
  add("View", "Zoom in", "+", ImGuiKey_KeypadAdd, open, [&panels] { panels.trees.zoom(2); });
  add("View", "Zoom out", "-", ImGuiKey_Minus, open, [&panels] { panels.trees.zoom(0.5); });
  add("View", "Compare the next clone that send keeps with its block", "", 0, open,
      [this, &panels] {
        app_.show(View::trees);
        panels.trees.compare_next_clone();
      });
  const auto tab = [&](const char* title, const char* keys, ImGuiKey key, Section section,
                       int value) {
    const bool is_there = open || (has_stream_alone() && section == Section::tables && value == 0);
    add("View", title, keys, ImGuiMod_Alt | key, is_there, [this, section, value] {
      (section == Section::jobs ? panels_->job_tab : panels_->table_tab) = value;
      show_section(section);
    });
  };
  tab("Send panel", "Alt+1", ImGuiKey_1, Section::jobs, 0);
  tab("Balance panel", "Alt+2", ImGuiKey_2, Section::jobs, 1);
  tab("Stream commands", "Alt+3", ImGuiKey_3, Section::tables, 0);
  tab("Chunks of the balance", "Alt+4", ImGuiKey_4, Section::tables, 1);
  tab("Log", "Alt+5", ImGuiKey_5, Section::tables, 2);
  tab("Step panel", "Alt+6", ImGuiKey_6, Section::jobs, 2);
  tab("Timeline", "Alt+7", ImGuiKey_7, Section::tables, 3);
  tab("Transactions", "Alt+8", ImGuiKey_8, Section::tables, 4);
  for (std::size_t i = 0; i < section_count; i++) {
    const auto section = static_cast<Section>(i);
    add("View", section_name(section).goes_there, "", 0, open,
        [this, section] { show_section(section); });
  }
  add("View", "Next splitter, moved with the arrow keys", "R", ImGuiKey_R,
      (open || has_stream_alone()) && !panels.is_single, [this] { hold_next_splitter(); });
  add("View", theme_->dark ? "Light theme" : "Dark theme", "", 0, true, [this] { toggle_theme(); });
  Tour& tour = panels.tour;
  add("Help", "Take the tour", "", 0, !tour.is_running(), [this, &tour] { tour.start(app_); });
  add("Help", "Next stop of the tour", "N", ImGuiKey_N, tour.has_next(), [&tour] { tour.next(); });
  add("Help", "Stop of the tour before", "Shift+N", ImGuiMod_Shift | ImGuiKey_N, tour.has_back(),
      [&tour] { tour.back(); });
  add("Help", "Leave the tour", "", 0, tour.is_running(), [this, &tour] { tour.leave(app_); });
  add("Help", "Types of items", "T", ImGuiKey_T, open,
      [&panels] { panels.item_types.open(std::nullopt); });
  add("Help", "Commands", "Ctrl+K", ImGuiMod_Ctrl | ImGuiKey_K, true,
      [&panels] { panels.palette.open_commands(); });
  add("Help", "Keys", "?", ImGuiMod_Shift | ImGuiKey_Slash, true,
      [&panels] { panels.palette.open_keys(); });
  add("Help", "Next panel", "F6", ImGuiKey_F6, true, [this] { focus_panel(1); });
  add("Help", "Panel before", "Shift+F6", ImGuiMod_Shift | ImGuiKey_F6, true,
      [this] { focus_panel(-1); });
  return all;
}

void Shell::add_stream_actions(std::vector<Action>& all) {
  const StreamEntry* stream = app_.stream();
  const bool is_there = stream != nullptr;
  const bool is_read = is_there && !stream->view->snapshot()->ended();
  all.push_back({"Stream", "Stream panel", "Alt+9", ImGuiMod_Alt | ImGuiKey_9, is_there,
                 [this] { show_stream_panel(); }});
  all.push_back({"Stream", "Read the stream no further", "", 0, is_read,
                 [this] { app_.stream()->view->cancel(); }});
  all.push_back({"Stream", "Close the stream", "", 0, is_there, [this] { app_.close_stream(); }});
}

void Shell::add_job_actions(std::vector<Action>& all) {
  Session* session = app_.session();
  const SendEntry* send = app_.current_send();
  const bool sending = send != nullptr && !send->job->snapshot().ended();
  const bool sent =
      send != nullptr && send->is_kept && send->job->snapshot().state == JobState::done;
  const bool balancing = session != nullptr && session->is_balancing();
  const bool quiet = session != nullptr && !balancing;
  const auto add = [&](const char* group, const char* title, bool enabled,
                       std::function<void()> run) {
    all.push_back({group, title, "", 0, enabled, std::move(run)});
  };
  add("Send", "Send B", !sending && app_.can_send_form(),
      [this] { app_.start_send(app_.request_of_form(), nullptr); });
  add("Send", "Cancel the send", sending, [this] { app_.current_send()->job->cancel(); });
  add("Send", "Download the stream", sent, [this] { app_.download(*app_.current_send()); });
  add("Send", "Check the stream", sent && !balancing, [this] { app_.check_send(); });
  const ConsistencyJob* checked = app_.consistency();
  const bool checking = checked != nullptr && !checked->snapshot().ended();
  add("Check", "Check the filesystem", quiet && !checking, [this] {
    app_.show(View::check);
    app_.start_check(false);
  });
  add("Check", "Check the filesystem and all data", quiet && !checking, [this] {
    app_.show(View::check);
    app_.start_check(true);
  });
  add("Check", "Cancel the check", checking, [this] { app_.consistency()->cancel(); });
  add("Space", "Count what subvolumes take", quiet, [this] {
    app_.show(View::space);
    panels_->usage.show(UsagePanel::subvolumes);
    app_.count_files();
  });
  add("Space", "Measure all trees", quiet, [this] {
    app_.show(View::space);
    panels_->usage.show(UsagePanel::trees);
    app_.count_trees();
  });
  add("Space", "Cancel counting", app_.is_counting_files() || app_.is_counting_trees(),
      [this] { app_.cancel_counting(); });
  const auto request = app_.balance_form.request();
  const bool ready = quiet && request.ok();
  add("Balance", "Balance with the filters of the panel", ready,
      [this] { (void)app_.start_balance(app_.balance_form.request().value(), false); });
  add("Balance", "Dry run with the filters of the panel", ready,
      [this] { (void)app_.start_balance(app_.balance_form.request().value(), true); });
  add("Balance", "Cancel the balance", balancing, [this] { app_.balance()->job->cancel(); });
  add("Balance", "Save the changed image", quiet && app_.image_is_changed(),
      [this] { app_.host().save_image(); });
}

}  // namespace canopy::ui
