// The shell: owns the windows and their places, the fonts, the theme and the mirror, and draws a
// frame from what App holds. The only part of the user interface that src/web knows.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ui/actions.h"
#include "ui/app.h"
#include "ui/axis.h"
#include "ui/fonts.h"
#include "ui/mirror.h"
#include "ui/shell_layout.h"
#include "ui/theme.h"
#include "ui/touch.h"
#include "ui/view_undo.h"

namespace canopy::ui {

struct Frame;
class CanvasPainter;
struct Panels;            // panels.h
enum class Section : u8;  // panels.h

class Shell {
 public:
  Shell(App& app, CanvasPainter& painter);
  ~Shell();

  void set_font(u32 kind, std::vector<u8> bytes);
  void make_fonts(float scale);
  // What the system prefers, and what the person chose, which counts more.
  void set_system_theme(bool dark);
  void choose_theme(bool dark);
  // Where the splitters were at the last visit, as the host stored it under "splits".
  void restore_splits(const std::string& text);
  const Theme& theme() const { return *theme_; }
  // Fingers are used, or a mouse.
  void set_touch(bool is_touch);
  // What two fingers did since the last frame.
  void set_pinch(const Pinch& pinch) { pinch_ = pinch; }
  // Files are being dragged over the page.
  void set_drag(bool over) { drag_ = over; }

  // Draws a frame; milliseconds until the next one is wanted without news, 0: at once, negative:
  // not at all. has_news: something came from outside since the last frame.
  int frame(bool has_news);

  void activate(const std::string& name) { mirror_.activate(name); }
  // Of the last frame.
  bool mirror_changed() const { return mirror_changed_; }
  const std::string& mirror_json() const { return mirror_.json(); }

 private:
  void restyle();
  void toggle_theme();
  // What can be done now (page_actions.cpp).
  std::vector<Action> actions();
  void add_job_actions(std::vector<Action>& all);
  void add_stream_actions(std::vector<Action>& all);
  void focus_panel(int step);
  void focus_panel_at(int at);
  void focus_panel_of_stream(int& at, int step);
  void draw_bar(const Frame& frame, const Rect& rect);
  void draw_problem(const Frame& frame);
  void draw_where(const Frame& frame, const Rect& rect, float end);
  void draw_search(const Frame& frame, const Rect& rect);
  bool draw_search_field(const Frame& frame);
  ShellLayout layout_now() const;
  void draw_tables(const Frame& frame, const Rect& rect);
  void draw_table(const Frame& frame);
  void draw_view(const Frame& frame, const Rect& rect);
  void draw_image(const Frame& frame, const ShellLayout& layout);
  void draw_commands_of_bar(const Frame& frame, bool with_theme);
  // A stream that was opened (shell_stream.cpp): alone, or beside an image.
  bool has_stream_alone() const { return app_.session() == nullptr && app_.stream() != nullptr; }
  void draw_stream_alone(const Frame& frame, const ShellLayout& layout);
  void draw_stream_single(const Frame& frame, const ShellLayout& layout);
  void show_new_stream();
  void show_stream_panel();
  // On a window as small as a phone's (shell_single.cpp).
  void draw_single_bar(const Frame& frame, const Rect& rect);
  void draw_single_search(const Frame& frame, const Rect& rect);
  void draw_single(const Frame& frame, const ShellLayout& layout);
  void draw_single_image(const Frame& frame, const Rect& rect);
  struct SwitcherPart {
    Section section;
    const char* name;
  };
  void draw_switcher(const Frame& frame, const Rect& rect, const std::vector<SwitcherPart>& parts);
  void follow_in_single();
  void show_section(Section section);
  void prepare_panels();
  void show_new_jobs();
  void draw_jobs(const Frame& frame, const Rect& rect);
  void draw_splitters(const ShellLayout& layout, float width, float height);
  // Splitters by keys (shell_splitters.cpp): one is held, and moved with the arrow keys.
  void hold_next_splitter();
  void hold_splitter(const char* name);
  bool hold_by_keys(const char* name);
  ImVec2 step_of_keys(bool vertical) const;
  void draw_pending_open(const Frame& frame);
  void draw_partition_choice(const Frame& frame);
  void draw_commits(const Frame& frame);
  void draw_drop_target(const Frame& frame);
  void handle_keys(const std::vector<Action>& actions);
  int next_frame_in(bool has_news);

  App& app_;
  CanvasPainter& painter_;
  std::unique_ptr<Panels> panels_;
  Mirror mirror_;
  bool mirror_changed_ = false;
  FontFiles font_files_;
  Fonts fonts_;
  float scale_ = 1;
  bool is_touch_ = false;
  Touch touch_;
  Pinch pinch_;
  const Theme* theme_ = &dark_theme();
  std::optional<bool> chosen_dark_;
  bool drag_ = false;
  Splits splits_;
  bool focuses_view_ = false;  // keys are for the view, from the next frame on
  std::string held_splitter_;  // its name; empty: none is
  // What can be undone without going anywhere.
  struct ViewState {
    Axis trees;
    Splits splits;
    int job_tab = 0;
    int table_tab = 0;
    friend bool operator==(const ViewState&, const ViewState&) = default;
  };
  ViewState view_state() const;
  void show_state(const ViewState& state);
  ViewUndo<ViewState> view_undo_;
  int settle_frames_ = 0;
  std::size_t messages_told_ = 0;
  std::size_t problems_dismissed_ = 0;  // how many messages there were then
};

}  // namespace canopy::ui
