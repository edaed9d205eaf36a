#include "ui/shell.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "ui/describe.h"
#include "ui/panels.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr int progress_every_ms = 500;
// Of the panels that F6 goes through.
constexpr int subvolumes_panel = 1;
constexpr int view_panel = 4;

double monotonic_seconds() {
  using std::chrono::duration;
  return duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Where one is; commands are of the stream that they are in.
std::string where_text(const App& app) {
  const Selection& at = app.selection();
  const StreamEntry* const stream = app.stream();
  const bool in_stream =
      stream != nullptr && at.kind == Selection::Kind::command && at.send == stream->number;
  if (app.session() != nullptr && !in_stream) {
    return describe_selection(app.session()->summary(), app.image_name(), at);
  }
  const std::string name = shown_name(stream->name);
  return in_stream ? fmt::format("{}  /  command {}", name, grouped(at.command)) : name;
}

// Of the search box in the bar; with the buttons at its right.
float search_width(const Frame& frame, const Rect& rect) {
  return frame.px(rect.width < frame.px(900) ? 110 : 230);
}
float search_space(const Frame& frame, const Rect& rect) {
  return search_width(frame, rect) + frame.px(12 + 12) + 3 * frame.control();
}

// True if it is to go. A long text is cut, so what makes it go stands before it.
bool draw_bar_problem(const Frame& frame, const char* dismiss, const std::string& text) {
  const bool goes = icon_button(frame, dismiss, icon::close, "Dismiss");
  ImGui::SameLine(0, frame.px(4));
  ImGui::PushStyleColor(ImGuiCol_Text, paint(frame.theme.error_text));
  ImGui::TextUnformatted((std::string(icon::error) + "  " + text).c_str());
  ImGui::PopStyleColor();
  hint(frame, text);
  return goes;
}

}  // namespace

Shell::Shell(App& app, CanvasPainter& painter)
    : app_(app), painter_(painter), panels_(std::make_unique<Panels>()) {}
Shell::~Shell() = default;

void Shell::set_font(u32 kind, std::vector<u8> bytes) {
  if (kind < font_file_count) font_files_[kind] = std::move(bytes);
}

void Shell::make_fonts(float scale) {
  scale_ = scale;
  fonts_ = ui::make_fonts(font_files_, scale);
  restyle();
}

void Shell::set_system_theme(bool dark) {
  if (chosen_dark_) return;
  theme_ = dark ? &dark_theme() : &light_theme();
  restyle();
}

void Shell::set_touch(bool is_touch) {
  if (is_touch == is_touch_) return;
  is_touch_ = is_touch;
  restyle();
}

void Shell::restore_splits(const std::string& text) {
  if (const auto splits = parse_splits(text)) splits_ = *splits;
}

void Shell::choose_theme(bool dark) {
  chosen_dark_ = dark;
  theme_ = dark ? &dark_theme() : &light_theme();
  restyle();
}

void Shell::toggle_theme() {
  choose_theme(!theme_->dark);
  app_.host().store("theme", theme_->dark ? "dark" : "light");
}

void Shell::restyle() { apply_style(*theme_, scale_, is_touch_); }

int Shell::frame(bool has_news) {
  const ImGuiIO& io = ImGui::GetIO();
  mirror_.begin_frame(scale_);
  touch_.begin_frame(scale_, pinch_);
  const Frame frame{app_, mirror_, *theme_, fonts_, painter_, scale_, touch_, is_touch_};
  ImGui::PushFont(fonts_.text);
  const ShellLayout layout = layout_now();
  panels_->is_single = layout.single;
  const std::vector<Action> all = actions();
  handle_keys(all);
  if (layout.single) {
    draw_single_bar(frame, layout.bar);
  } else {
    draw_bar(frame, layout.bar);
  }
  panels_->tour.begin_frame(frame, *panels_);
  show_new_stream();
  if (has_stream_alone()) {
    draw_stream_alone(frame, layout);
  } else if (app_.session() != nullptr && layout.single) {
    prepare_panels();
    draw_single(frame, layout);
  } else if (app_.session() != nullptr) {
    prepare_panels();
    draw_image(frame, layout);
    if (std::exchange(panels_->focus_image, false)) focus_panel_at(subvolumes_panel);
  } else {
    const Rect body{0, layout.bar.bottom(), io.DisplaySize.x, io.DisplaySize.y - layout.bar.height};
    if (panels_->start.draw(frame, body, drag_)) panels_->tour.start(app_);
  }
  draw_pending_open(frame);
  draw_partition_choice(frame);
  draw_commits(frame);
  if (messages_told_ != app_.messages().size() && !app_.messages().empty()) {
    messages_told_ = app_.messages().size();
    mirror_.news(app_.messages().back().text);
  }
  panels_->item_types.draw(frame);
  panels_->tour.draw(frame, *panels_, layout.single);
  if (const Action* chosen = panels_->palette.draw(frame, all)) chosen->run();
  if (drag_ && (app_.session() != nullptr || has_stream_alone())) draw_drop_target(frame);
  ImGui::PopFont();
  if (app_.session() != nullptr && !ImGui::IsAnyMouseDown())
    view_undo_.note(view_state(), monotonic_seconds());
  mirror_changed_ = mirror_.end_frame();
  return next_frame_in(has_news);
}

ShellLayout Shell::layout_now() const {
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const ShellLayout layout = layout_shell(screen.x, screen.y, scale_, splits_);
  return has_stream_alone() ? layout_of_stream(layout) : layout;
}

Shell::ViewState Shell::view_state() const {
  return {panels_->trees.axis(), splits_, panels_->job_tab, panels_->table_tab};
}

void Shell::show_state(const ViewState& state) {
  panels_->trees.set_axis(state.trees);
  splits_ = state.splits;
  panels_->job_tab = state.job_tab;
  panels_->table_tab = state.table_tab;
  app_.host().store("splits", splits_text(splits_));
}

// ImGui needs further frames after most events: what the first one changed is laid out in the next,
// and a window that opens is measured before it is seen.
int Shell::next_frame_in(bool has_news) {
  const ImGuiIO& io = ImGui::GetIO();
  // ImGui takes no more of what was typed in a frame than keeps its order; the rest waits.
  const bool has_input = !ImGui::GetCurrentContext()->InputEventsQueue.empty();
  // Numbers that go up are no reason to draw at once again: drawing takes from what they count.
  const bool progresses = app_.shows_progress();
  const bool moves = has_input || (mirror_changed_ && !progresses) || ImGui::IsAnyMouseDown() ||
                     io.MouseDelta.x != 0 || io.MouseDelta.y != 0 || io.MouseWheel != 0;
  if (moves || has_news) {
    // While numbers go up the next frame is never far.
    settle_frames_ = progresses && !moves ? 1 : 3;
  } else if (settle_frames_ > 0) {
    settle_frames_--;
  }
  if (settle_frames_ > 0) return 0;
  return progresses ? progress_every_ms : -1;
}

void Shell::handle_keys(const std::vector<Action>& actions) {
  const ImGuiIO& io = ImGui::GetIO();
  if (ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopup)) return;
  for (const Action& action : actions) {
    if (action.chord == 0 || !action.enabled) continue;
    // A letter alone belongs to the field in which somebody types.
    // and so does the undoing of what was typed.
    const bool is_plain = (action.chord & (ImGuiMod_Ctrl | ImGuiMod_Alt)) == 0;
    const bool is_undo = (action.chord & ~ImGuiMod_Mask_) == ImGuiKey_Z;
    if ((is_plain || is_undo) && io.WantTextInput) continue;
    if (ImGui::IsKeyChordPressed(action.chord)) action.run();
  }
}

void Shell::draw_bar(const Frame& frame, const Rect& rect) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(12), frame.px(6)));
  begin_panel(frame, "Bar", rect);
  ImGui::PopStyleVar();
  ImGui::AlignTextToFramePadding();
  heading(frame, "Canopy");
  ImGui::SameLine(0, frame.px(16));
  if (button(frame, "bar.open", std::string(icon::folder_opened) + "  Open image",
             ButtonKind::quiet)) {
    app_.host().choose_files();
  }
  ImGui::SameLine(0, frame.px(4));
  if (button(frame, "bar.sample", std::string(icon::beaker) + "  Sample", ButtonKind::quiet)) {
    app_.host().open_sample();
  }
  if (app_.session() != nullptr) {
    ImGui::SameLine(0, frame.px(12));
    if (icon_button(frame, "bar.back", icon::arrow_left, "Back (Alt+Left)", app_.can_go_back())) {
      app_.go_back();
    }
    ImGui::SameLine(0, 0);
    if (icon_button(frame, "bar.forward", icon::arrow_right, "Forward (Alt+Right)",
                    app_.can_go_forward())) {
      app_.go_forward();
    }
    ImGui::SameLine(0, frame.px(8));
    ImGui::AlignTextToFramePadding();
    draw_where(frame, rect, rect.width - search_space(frame, rect) - frame.px(8));
    draw_search(frame, rect);
  } else if (has_stream_alone()) {
    ImGui::SameLine(0, frame.px(12));
    ImGui::AlignTextToFramePadding();
    draw_where(frame, rect, rect.width - 3 * frame.control() - frame.px(20));
  }
  ImGui::SameLine(rect.width - frame.px(12) - 3 * frame.control());
  draw_commands_of_bar(frame, true);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddLine(ImVec2(rect.x, rect.bottom() - 0.5f), ImVec2(rect.right(), rect.bottom() - 0.5f),
               paint(frame.theme.line));
  end_panel();
}

void Shell::draw_commands_of_bar(const Frame& frame, bool with_theme) {
  if (icon_button(frame, "bar.commands", icon::terminal, "Commands (Ctrl+K)")) {
    panels_->palette.open_commands();
  }
  ImGui::SameLine(0, 0);
  if (icon_button(frame, "bar.keys", icon::question, "Help and keys (?)"))
    panels_->palette.open_keys();
  if (!with_theme) return;
  ImGui::SameLine(0, 0);
  if (icon_button(frame, "bar.theme", icon::color_mode,
                  theme_->dark ? "Light theme" : "Dark theme")) {
    toggle_theme();
  }
}

// What is looked at, in words, as far as there is room before the search box.
void Shell::draw_where(const Frame& frame, const Rect& rect, float end) {
  const bool opening = app_.is_opening();
  const auto unpacked = app_.unpacked();
  const std::string where =
      opening ? fmt::format("Opening {}…{}", app_.opening_name(),
                            unpacked ? fmt::format(" unpacked {:.0f} %", *unpacked * 100) : "")
              : where_text(app_);
  ImGui::PushClipRect(ImVec2(rect.x, rect.y), ImVec2(end, rect.bottom()), true);
  draw_problem(frame);
  secondary_text(frame, where);
  frame.mirror.text("bar.where", where);
  if (opening) {
    ImGui::SameLine();
    if (icon_button(frame, "bar.cancel", icon::close, "Cancel opening")) app_.cancel_opening();
  }
  if (!app_.open_problem().empty()) {
    ImGui::SameLine(0, frame.px(16));
    const std::string problem =
        app_.opening_name() + " could not be opened: " + app_.open_problem();
    if (draw_bar_problem(frame, "bar.dismiss", problem)) app_.dismiss_problem();
  }
  ImGui::PopClipRect();
}

// What went wrong last, until something else was told or it is dismissed.
void Shell::draw_problem(const Frame& frame) {
  const auto& messages = app_.messages();
  if (messages.size() <= problems_dismissed_ || !messages.back().is_problem) return;
  if (!app_.open_problem().empty()) return;
  const std::string& text = messages.back().text;
  frame.mirror.text("bar.problem", text);
  if (draw_bar_problem(frame, "bar.dismiss_problem", text)) problems_dismissed_ = messages.size();
  ImGui::SameLine(0, frame.px(12));
}

void Shell::draw_search(const Frame& frame, const Rect& rect) {
  ImGui::SameLine(rect.width - search_space(frame, rect));
  ImGui::SetNextItemWidth(search_width(frame, rect));
  draw_search_field(frame);
}

// True once something was searched.
bool Shell::draw_search_field(const Frame& frame) {
  Panels& panels = *panels_;
  text_field(frame, "bar.search", "Search", "Path, inode, key, address", panels.query);
  if (panels.focus_search) ImGui::SetKeyboardFocusHere(-1);
  panels.focus_search = false;
  const bool searched =
      ImGui::IsItemDeactivated() && (ImGui::IsKeyPressed(ImGuiKey_Enter, false) ||
                                     ImGui::IsKeyPressed(ImGuiKey_KeypadEnter, false));
  if (panels.query.empty())
    hint(
        frame,
        "A path: snapshots/monday/etc\nAn inode: 257, or with its tree: 256/257\nA key: (257 "
        "INODE_ITEM 0), or with its "
        "tree: 5 (257 INODE_ITEM 0)\nA logical address: 30 408 704, or a physical one: 1:30408704");
  if (searched) app_.go_to(panels.query);
  return searched;
}

// Another image, or what is new in it.
void Shell::prepare_panels() {
  Panels& panels = *panels_;
  if (panels.session != app_.session() || panels.image_version != app_.image_version()) {
    panels.trees.reset(panels.session == app_.session());
    if (panels.session != app_.session()) {
      panels.files = FilesPanel();
      panels.check = CheckPanel();
      panels.space = SpacePanel();
      panels.difference = DifferencePanel();
      view_undo_.forget();
    }
    if (panels.session != app_.session()) {
      panels.section = Section::image;
      // Who opened it with keys goes on with them.
      panels.focus_image = !ImGui::GetCurrentContext()->NavDisableHighlight;
    }
    panels.session = app_.session();
    panels.image_version = app_.image_version();
  }
  show_new_jobs();
}

void Shell::draw_image(const Frame& frame, const ShellLayout& layout) {
  Panels& panels = *panels_;
  panels.subvolumes.draw(frame, layout.left_upper);
  draw_jobs(frame, layout.left_lower);
  draw_view(frame, layout.canvas);
  panels.inspector.draw(frame, layout.inspector);

  draw_tables(frame, layout.tables);
  draw_splitters(layout, ImGui::GetIO().DisplaySize.x, ImGui::GetIO().DisplaySize.y);
}

void Shell::draw_tables(const Frame& frame, const Rect& rect) {
  begin_panel(frame, "Tables", rect);
  ImGui::SetCursorPos(ImVec2(frame.px(4), frame.px(2)));
  draw_table(frame);
  end_panel();
}

void Shell::draw_table(const Frame& frame) {
  Panels& panels = *panels_;
  tabs(frame, "tables", {"Stream commands", "Chunks", "Log", "Timeline", "Transactions"},
       panels.table_tab);
  switch (panels.table_tab) {
    case 0:
      return panels.commands.draw(frame);
    case 1:
      return panels.chunks.draw(frame);
    case 2:
      return panels.log.draw(frame);
    case 3:
      return panels.timeline.draw(frame);
    default:
      return panels.transactions.draw(frame);
  }
}

// The views in the middle share a place.
void Shell::draw_view(const Frame& frame, const Rect& rect) {
  Panels& panels = *panels_;
  const float tabs_width = rect.width - frame.px(8);
  const float height =
      std::min(tabs_height(frame, view_names(), tabs_width) + frame.px(4), rect.height);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(frame.px(4), frame.px(2)));
  begin_panel(frame, "Views", {rect.x, rect.y, rect.width, height});
  ImGui::PopStyleVar();
  int chosen = static_cast<int>(app_.view());
  tabs(frame, "views", view_names(), chosen);
  app_.show(static_cast<View>(chosen));
  end_panel();
  if (const auto place = app_.take_revealed()) panels.trees.show_place(*place);
  const Rect rest{rect.x, rect.y + height, rect.width, rect.height - height};
  if (std::exchange(focuses_view_, false)) {
    ImGui::SetNextWindowFocus();
    panels.focused_panel = view_panel;
  }
  switch (app_.view()) {
    case View::trees:
      return panels.trees.draw(frame, rest);
    case View::difference:
      return panels.difference.draw(frame, rest);
    case View::groups:
      return panels.space.draw(frame, rest);
    case View::files:
      return panels.files.draw(frame, rest);
    case View::check:
      return panels.check.draw(frame, rest);
    case View::space:
      return panels.usage.draw(frame, rest);
  }
}

// A job that was started, here or by a script, is shown.
void Shell::show_new_jobs() {
  Panels& panels = *panels_;
  const u32 send = app_.current_send() == nullptr ? 0 : app_.current_send()->number;
  const u32 balance = app_.balance() == nullptr ? 0 : app_.balance()->number;
  if (balance != panels.shown_balance && balance != 0) {
    panels.job_tab = 1;
    panels.table_tab = 1;
    panels.section = Section::jobs;
  }
  if (send != panels.shown_send && send != 0) {
    panels.job_tab = 0;
    panels.table_tab = 0;
    panels.section = Section::jobs;
  }
  const u32 steps = app_.steps() == nullptr ? 0 : app_.steps()->number;
  if (steps != panels.shown_steps && steps != 0) {
    panels.job_tab = 2;
    panels.table_tab = 3;
    panels.section = Section::jobs;
  }
  panels.shown_steps = steps;
  panels.shown_send = send;
  panels.shown_balance = balance;
  // So is the table that a command is in.
  const Selection& selection = app_.selection();
  if (selection.kind == Selection::Kind::command && !(selection == panels.shown_command)) {
    panels.shown_command = selection;
    panels.table_tab = 0;
  }
}

void Shell::draw_jobs(const Frame& frame, const Rect& rect) {
  begin_panel(frame, "Jobs", rect);
  ImGui::SetCursorPos(ImVec2(frame.px(4), frame.px(2)));
  std::vector<std::string> names = {"Send", "Balance", "Step"};
  if (app_.stream() != nullptr) names.emplace_back("Stream");
  panels_->job_tab = std::min(panels_->job_tab, static_cast<int>(names.size()) - 1);
  tabs(frame, "jobs", names, panels_->job_tab);
  // What does not fit is scrolled to, beside a scrollbar that says so.
  ImGui::SetCursorPosX(0);
  ImGui::BeginChild("job", ImVec2(rect.width, rect.bottom() - ImGui::GetCursorScreenPos().y),
                    ImGuiChildFlags_AlwaysUseWindowPadding, ImGuiWindowFlags_NavFlattened);
  if (panels_->job_tab == 0) {
    panels_->send.draw(frame);
  } else if (panels_->job_tab == 1) {
    panels_->balance.draw(frame);
  } else if (panels_->job_tab == 2) {
    panels_->step.draw(frame);
  } else {
    panels_->stream.draw(frame, *app_.stream());
  }
  ImGui::EndChild();
  end_panel();
}

}  // namespace canopy::ui
