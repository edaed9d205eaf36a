#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/step_panel.h"
#include "ui/text.h"

namespace canopy::ui {

namespace {

constexpr float name_width = 92;
constexpr float row_height = 18;
constexpr float lowest_row = 7;  // where there is little room
constexpr float text_row = 15;   // names are drawn in rows that are as high
constexpr float fill_height = 28;
constexpr float scale_height = 18;
constexpr u64 step_ns = 1000;          // of a controlled run
constexpr double refresh_after = 0.2;  // seconds, while free threads record

Color color_of(TraceKind kind, const Theme& theme) {
  switch (trace_kind_info(kind).category) {
    case TraceCategory::send:
      return kind == TraceKind::clone_block ? meaning::cloned_leaf
             : kind == TraceKind::restart   ? meaning::error
                                            : meaning::send;
    case TraceCategory::wait:
      return theme.line;
    case TraceCategory::relocation:
      return meaning::relocation;
    case TraceCategory::commit:
      return meaning::commit;
    case TraceCategory::other:
      break;
  }
  return theme.secondary;
}

// "commit 14", "search, tree 257"
std::string name_of(const TraceEvent& event) {
  const TraceKindInfo& info = trace_kind_info(event.kind);
  if (event.kind == TraceKind::commit || event.kind == TraceKind::restart)
    return fmt::format("{} {}", info.name, event.first);
  return std::string(info.name);
}

std::string details_of(const TraceEvent& event) {
  const TraceKindInfo& info = trace_kind_info(event.kind);
  std::string details(info.name);
  if (!info.first.empty()) details += fmt::format("\n{} {}", info.first, grouped(event.first));
  if (!info.second.empty()) details += fmt::format("\n{} {}", info.second, grouped(event.second));
  return details;
}

// "send reads", "balance waits to write": in the row of the semaphore.
std::string semaphore_words(const TraceEvent& event, const std::string& thread) {
  switch (event.kind) {
    case TraceKind::holds_shared:
      return thread + " reads";
    case TraceKind::holds_exclusive:
      return thread + " writes";
    case TraceKind::commit_roots_exclusive:
      return thread + " waits to write";
    default:
      return thread + " waits to read";
  }
}

// A round number of times between the lines of the scale.
u64 scale_step(double wanted) {
  double step = 1;
  while (step < wanted)
    step *= 10;
  for (const double part : {5.0, 2.0})
    if (step / part >= wanted) return static_cast<u64>(std::max(step / part, 1.0));
  return static_cast<u64>(step);
}

}  // namespace

void TimelinePanel::refresh(const Frame& frame) {
  auto trace = frame.app.timeline_trace();
  const u64 version = frame.app.timeline_version();
  if (trace == trace_ && version == version_) return;
  // Free threads record all the time: what they do is looked at now and then, and once more when
  // they have ended.
  const double now = ImGui::GetTime();
  if (trace == trace_ && frame.app.steps() == nullptr && frame.app.shows_progress() &&
      now < refreshed_ + refresh_after)
    return;
  refreshed_ = now;
  trace_ = std::move(trace);
  version_ = version;
  is_counted_ = frame.app.steps() != nullptr;
  timeline_ = trace_ == nullptr ? Timeline() : make_timeline(*trace_);
}

void TimelinePanel::draw(const Frame& frame) {
  refresh(frame);
  if (trace_ == nullptr || timeline_.lanes.empty()) {
    empty_note(
        frame,
        "What each thread of a send, a balance or a controlled run does and waits for appears "
        "here: searches, clones, waits, commits, who holds the commit root semaphore, and restarts "
        "with an arrow from the commit that caused them.");
    return;
  }
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x < frame.px(name_width + 40) || room.y < frame.px(20)) return;
  const Rect all{at.x, at.y, room.x, room.y};
  draw_lanes(frame, all);
  mirror(frame);
}

float TimelinePanel::x_of(const Rect& rect, u64 at) const {
  const double x = axis_.to_pixel(timeline_.world(at), static_cast<double>(rect.width));
  return rect.x + static_cast<float>(std::clamp(x, -4.0, static_cast<double>(rect.width) + 4.0));
}

std::string TimelinePanel::time_text(u64 at) const {
  const u64 since = at > timeline_.begin ? at - timeline_.begin : 0;
  if (is_counted_) return fmt::format("step {}", grouped(since / step_ns));
  return fmt::format("{:.3f} ms", static_cast<double>(since) / 1e6);
}

// A lane has room for its name also where its thread has done nothing yet.
float TimelinePanel::height_of(const Frame& frame, const TimelineLane& lane) const {
  const auto rows = static_cast<float>(std::max<std::size_t>(lane.rows.size(), 1));
  return std::max(row_ * rows, frame.px(row_height)) + frame.px(4);
}

// How high a row can be so that all lanes are seen.
float TimelinePanel::fitting_row(const Frame& frame, float room) const {
  float rows = 0;
  for (const TimelineLane& lane : timeline_.lanes) {
    rows += static_cast<float>(std::max<std::size_t>(lane.rows.size(), 1));
    room -= frame.px(4);
  }
  if (semaphore_rows() > 0) {
    rows += semaphore_rows();
    room -= frame.px(4);
  }
  const float fitting = std::floor(room / std::max(rows, 1.0f));
  return std::clamp(fitting, frame.px(lowest_row), frame.px(row_height));
}

void TimelinePanel::draw_lanes(const Frame& frame, const Rect& all) {
  const float names = frame.px(name_width);
  const Rect canvas{all.x + names, all.y, all.width - names, all.height};
  ImGui::SetCursorScreenPos(ImVec2(canvas.x, canvas.y));
  const CanvasInput::Gesture gesture = input_.update(frame, "timeline", canvas, axis_);
  if (gesture.double_clicked) axis_.fit_all();
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.PushClipRect(ImVec2(all.x, all.y), ImVec2(all.right(), all.bottom()), true);
  draw_scale(frame, {canvas.x, all.y, canvas.width, frame.px(scale_height)});
  float y = all.y + frame.px(scale_height);
  const bool has_pipe = timeline_.pipe_capacity > 0;
  row_ = fitting_row(frame,
                     all.height - frame.px(scale_height) - (has_pipe ? frame.px(fill_height) : 0));
  std::vector<float> tops;
  for (const TimelineLane& lane : timeline_.lanes) {
    const float height = height_of(frame, lane);
    tops.push_back(y);
    draw.AddText(ImVec2(all.x + frame.px(8), y + frame.px(1)), paint(frame.theme.text),
                 lane.name.c_str());
    draw_lane(frame, lane, {canvas.x, y, canvas.width, height});
    draw.AddLine(ImVec2(all.x, y + height - 1), ImVec2(all.right(), y + height - 1),
                 paint(frame.theme.line));
    y += height;
  }
  if (semaphore_rows() > 0) {
    const float height = std::max(row_ * semaphore_rows(), frame.px(row_height)) + frame.px(4);
    draw.AddText(ImVec2(all.x + frame.px(8), y + frame.px(1)), paint(frame.theme.secondary),
                 "semaphore");
    draw_semaphore(frame, {canvas.x, y, canvas.width, height});
    draw.AddLine(ImVec2(all.x, y + height - 1), ImVec2(all.right(), y + height - 1),
                 paint(frame.theme.line));
    y += height;
  }
  if (has_pipe) {
    draw.AddText(ImVec2(all.x + frame.px(8), y + frame.px(4)), paint(frame.theme.secondary),
                 "pipe");
    draw_fill(frame, {canvas.x, y, canvas.width, frame.px(fill_height)});
  }
  draw.PushClipRect(ImVec2(canvas.x, canvas.y), ImVec2(canvas.right(), canvas.bottom()), true);
  draw_arrows(frame, canvas, tops);
  draw.PopClipRect();
  draw.PopClipRect();
}

void TimelinePanel::draw_lane(const Frame& frame, const TimelineLane& lane, const Rect& rect) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.PushClipRect(ImVec2(rect.x, rect.y), ImVec2(rect.right(), rect.bottom()), true);
  const double width = static_cast<double>(rect.width);
  const double ns_per_pixel = axis_.span() * static_cast<double>(timeline_.length()) / width;
  const u64 from = timeline_.time(axis_.begin());
  const u64 to = timeline_.time(axis_.end());
  for (std::size_t depth = 0; depth < lane.rows.size(); ++depth) {
    const float top = rect.y + frame.px(2) + row_ * static_cast<float>(depth);
    visit_spans(lane.rows[depth], from, to, ns_per_pixel, [&](const TraceEvent& event) {
      draw_span(frame, event, lane.name, rect, top, color_of(event.kind, frame.theme), true);
    });
  }
  draw.PopClipRect();
}

// `name` is the thread's. What only waits is not filled.
void TimelinePanel::draw_span(const Frame& frame, const TraceEvent& event, const std::string& name,
                              const Rect& rect, float top, Color color, bool is_filled) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float bottom = top + row_ - frame.px(1);
  const float left = x_of(rect, event.begin_ns);
  const float right = std::max(x_of(rect, event.end_ns), left + 1);
  if (is_filled)
    draw.AddRectFilled(ImVec2(left, top), ImVec2(right, bottom), paint(color));
  else
    draw.AddRect(ImVec2(left, top), ImVec2(right, bottom), paint(color), 0, 0, frame.px(1));
  if (row_ >= frame.px(text_row) && right - left > frame.px(36)) {
    // Colours of meaning are light: dark text reads on them in both themes, but not on waits.
    const bool waits = !is_filled || trace_kind_info(event.kind).category == TraceCategory::wait;
    const std::string words = is_semaphore_ ? semaphore_words(event, name) : name_of(event);
    const ImVec4 clip(left, top, right - frame.px(2), bottom);
    draw.AddText(nullptr, 0, ImVec2(std::max(left, rect.x) + frame.px(3), top),
                 waits ? paint(frame.theme.text) : IM_COL32(0x16, 0x18, 0x1d, 0xff), words.c_str(),
                 nullptr, 0, &clip);
  }
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (ImGui::IsItemHovered() && mouse.x >= left - 1 && mouse.x < right + 1 && mouse.y >= top &&
      mouse.y < bottom) {
    draw.AddRect(ImVec2(left, top), ImVec2(right, bottom), paint(frame.theme.text));
    hint(frame, fmt::format("{}\n{}: {}", details_of(event), name, time_text(event.begin_ns)));
  }
}

float TimelinePanel::semaphore_rows() const {
  return static_cast<float>(timeline_.holders.size() + timeline_.waiters.size());
}

// Who has the commit root semaphore, and below them, not filled, who waits for it.
void TimelinePanel::draw_semaphore(const Frame& frame, const Rect& rect) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.PushClipRect(ImVec2(rect.x, rect.y), ImVec2(rect.right(), rect.bottom()), true);
  const double width = static_cast<double>(rect.width);
  const double ns_per_pixel = axis_.span() * static_cast<double>(timeline_.length()) / width;
  const u64 from = timeline_.time(axis_.begin());
  const u64 to = timeline_.time(axis_.end());
  float top = rect.y + frame.px(2);
  is_semaphore_ = true;
  for (const auto* rows : {&timeline_.holders, &timeline_.waiters}) {
    const bool holds = rows == &timeline_.holders;
    for (const std::vector<TraceEvent>& row : *rows) {
      visit_spans(row, from, to, ns_per_pixel, [&](const TraceEvent& event) {
        const bool exclusive = event.kind == TraceKind::holds_exclusive ||
                               event.kind == TraceKind::commit_roots_exclusive;
        const std::string& name = timeline_.lanes[static_cast<std::size_t>(event.second)].name;
        draw_span(frame, event, name, rect, top, exclusive ? meaning::commit : meaning::send,
                  holds);
      });
      top += row_;
    }
  }
  is_semaphore_ = false;
  draw.PopClipRect();
}

void TimelinePanel::draw_fill(const Frame& frame, const Rect& rect) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const auto& fills = timeline_.fills;
  const float bottom = rect.bottom() - frame.px(2);
  const float height = rect.height - frame.px(4);
  const u64 from = timeline_.time(axis_.begin());
  const u64 to = timeline_.time(axis_.end());
  auto at = std::partition_point(fills.begin(), fills.end(),
                                 [&](const TimelineFill& fill) { return fill.at < from; });
  if (at != fills.begin()) --at;
  float drawn = rect.x - 1;
  while (at != fills.end() && at->at <= to) {
    // Of all in a pixel the fullest is seen.
    u64 most = at->bytes;
    const float left = std::max(x_of(rect, at->at), rect.x);
    auto next = at + 1;
    while (next != fills.end() && x_of(rect, next->at) < std::max(left, drawn) + 1) {
      most = std::max(most, next->bytes);
      ++next;
    }
    const float right = next == fills.end() ? rect.right() : x_of(rect, next->at);
    const float part = static_cast<float>(most) / static_cast<float>(timeline_.pipe_capacity);
    draw.AddRectFilled(ImVec2(left, bottom - height * part),
                       ImVec2(std::max(right, left + 1), bottom),
                       paint(part >= 1 ? meaning::error : meaning::send));
    drawn = right;
    at = next;
  }
  draw.AddLine(ImVec2(rect.x, bottom - height), ImVec2(rect.right(), bottom - height),
               paint(frame.theme.line));
}

void TimelinePanel::draw_arrows(const Frame& frame, const Rect& rect,
                                const std::vector<float>& tops) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const u64 from = timeline_.time(axis_.begin());
  const u64 to = timeline_.time(axis_.end());
  const ImU32 color = paint(frame.theme.error_text);
  float last = -1e9f;
  for (const TimelineArrow& arrow : timeline_.arrows) {
    if (arrow.to < from || arrow.from > to) continue;
    const ImVec2 begin(x_of(rect, arrow.from), tops[arrow.from_lane] + frame.px(8));
    const ImVec2 end(x_of(rect, arrow.to), tops[arrow.to_lane] + row_);
    // So many that they hide each other say no more than a few.
    if (end.x - last < frame.px(5)) continue;
    last = end.x;
    const float size = frame.px(4);
    draw.AddLine(begin, end, color, std::max(1.0f, frame.px(1)));
    const float sign = begin.y > end.y ? 1.0f : -1.0f;
    draw.AddTriangleFilled(end, ImVec2(end.x - size, end.y + sign * size * 1.6f),
                           ImVec2(end.x + size, end.y + sign * size * 1.6f), color);
  }
}

void TimelinePanel::draw_scale(const Frame& frame, const Rect& rect) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const double length = static_cast<double>(timeline_.length());
  const double per_line =
      axis_.span() * length * static_cast<double>(frame.px(96)) / static_cast<double>(rect.width);
  u64 step = scale_step(per_line);
  if (is_counted_) step = std::max(step, step_ns);
  const u64 first = (timeline_.time(axis_.begin()) - timeline_.begin) / step;
  const u64 last = (timeline_.time(axis_.end()) - timeline_.begin) / step;
  for (u64 i = first; i <= last; ++i) {
    const u64 at = timeline_.begin + i * step;
    const float x = x_of(rect, at);
    draw.AddLine(ImVec2(x, rect.bottom() - frame.px(4)), ImVec2(x, rect.bottom()),
                 paint(frame.theme.secondary));
    draw.AddText(ImVec2(x + frame.px(3), rect.y), paint(frame.theme.secondary),
                 time_text(at).c_str());
  }
}

void TimelinePanel::mirror(const Frame& frame) const {
  Mirror::Table lanes;
  lanes.columns = {"Thread", "Now", "Spans"};
  lanes.total = timeline_.lanes.size();
  for (const TimelineLane& lane : timeline_.lanes) {
    std::string now;
    for (const TraceEvent& event : lane.open)
      now += (now.empty() ? "" : ", ") + name_of(event);
    lanes.rows.push_back({{lane.name, now, fmt::format("{}", lane.spans)}, {}, lanes.rows.size()});
  }
  frame.mirror.table("timeline", "Timeline", lanes);
  Mirror::Table semaphore;
  semaphore.columns = {"Thread", "How", "Since"};
  for (const auto* rows : {&timeline_.holders, &timeline_.waiters}) {
    for (const std::vector<TraceEvent>& row : *rows) {
      // The last of each row, the one that lasts.
      const TraceEvent& last = row.back();
      const std::string& thread = timeline_.lanes[static_cast<std::size_t>(last.second)].name;
      semaphore.rows.push_back({{thread, semaphore_words(last, thread), time_text(last.begin_ns)},
                                {},
                                semaphore.rows.size()});
      semaphore.total += row.size();
    }
  }
  frame.mirror.table("timeline.semaphore", "Commit root semaphore", semaphore);
  Mirror::Table restarts;
  restarts.columns = {"Restart", "Caused by transaction", "Thread"};
  restarts.total = timeline_.arrows.size();
  const std::size_t skipped =
      timeline_.arrows.size() - std::min<std::size_t>(timeline_.arrows.size(), 50);
  for (std::size_t i = skipped; i < timeline_.arrows.size(); ++i) {
    const TimelineArrow& arrow = timeline_.arrows[i];
    restarts.rows.push_back({{time_text(arrow.to), fmt::format("{}", arrow.transid),
                              timeline_.lanes[arrow.to_lane].name},
                             {},
                             i});
  }
  frame.mirror.table("timeline.restarts", "Restarts", restarts);
}

}  // namespace canopy::ui
