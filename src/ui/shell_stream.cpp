// A stream that was opened as a file: what the page shows while there is no image, and where the
// stream is found beside one.
#include "ui/panels.h"
#include "ui/shell.h"

namespace canopy::ui {

namespace {

constexpr int stream_tab = 3;  // of the jobs

}  // namespace

// One that was opened is shown; what it was shown in is left when it is closed.
void Shell::show_new_stream() {
  Panels& panels = *panels_;
  const u32 stream = app_.stream() == nullptr ? 0 : app_.stream()->number;
  if (stream == panels.shown_stream) return;
  if (stream != 0) {
    panels.job_tab = stream_tab;
    panels.table_tab = 0;
    panels.section = Section::jobs;
  } else if (panels.job_tab == stream_tab) {
    panels.job_tab = 0;
  }
  panels.shown_stream = stream;
}

void Shell::show_stream_panel() {
  panels_->job_tab = stream_tab;
  show_section(Section::jobs);
  if (has_stream_alone() && !panels_->is_single) ImGui::SetWindowFocus("Stream");
}

void Shell::draw_stream_alone(const Frame& frame, const ShellLayout& layout) {
  if (layout.single) return draw_stream_single(frame, layout);
  begin_panel(frame, "Stream", layout.left_upper);
  panels_->stream.draw(frame, *app_.stream());
  end_panel();
  if (app_.stream() == nullptr) return;
  begin_panel(frame, "Tables", layout.tables);
  panels_->commands.draw(frame);
  end_panel();
  panels_->inspector.draw(frame, layout.inspector);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  draw_splitters(layout, screen.x, screen.y);
}

void Shell::draw_stream_single(const Frame& frame, const ShellLayout& layout) {
  switch (panels_->section) {
    case Section::tables:
      begin_panel(frame, "Tables", layout.tables);
      panels_->commands.draw(frame);
      end_panel();
      break;
    case Section::inspector:
      panels_->seen_selection = app_.selection();
      panels_->inspector.draw(frame, layout.inspector);
      break;
    default:
      panels_->section = Section::jobs;
      begin_panel(frame, "Jobs", layout.left_lower);
      panels_->stream.draw(frame, *app_.stream());
      end_panel();
  }
  draw_switcher(frame, layout.switcher,
                {{Section::jobs, "Stream"},
                 {Section::tables, "Commands"},
                 {Section::inspector, "Inspector"}});
}

}  // namespace canopy::ui
