// Block groups: what moves between them while a balance runs, and their heat map.
#include <fmt/format.h>

#include <algorithm>

#include "ui/space_panel.h"

namespace canopy::ui {

namespace {

constexpr std::size_t most_moves = 512;
constexpr std::size_t most_arcs = 48;
// Moves that are shown as the last ones: of a controlled run those of one commit, which have one
// time; otherwise of so many nanoseconds.
constexpr u64 fresh_ns = 700'000'000;
constexpr double look_after = 0.2;  // seconds

}  // namespace

// What commits have moved last and what is pinned, from the trace.
void SpacePanel::take_movements(const Frame& frame) {
  auto trace = frame.app.timeline_trace();
  const u64 version = frame.app.timeline_version();
  if (trace == trace_ && version == trace_version_) return;
  const double now = ImGui::GetTime();
  if (trace == trace_ && frame.app.steps() == nullptr && frame.app.shows_progress() &&
      now < movements_taken_ + look_after)
    return;
  movements_taken_ = now;
  trace_ = std::move(trace);
  trace_version_ = version;
  Movements found = trace_ == nullptr ? Movements() : read_movements(*trace_, most_moves);
  const u64 last = found.moves.empty() ? 0 : found.moves.back().at;
  const u64 back = frame.app.steps() != nullptr ? 0 : std::min(last, fresh_ns);
  found.moves.erase(found.moves.begin(), found.moves.begin() + static_cast<std::ptrdiff_t>(
                                                                   found.first_since(last - back)));
  moves_ = std::move(found.moves);
  const u64 nodesize = frame.app.session()->summary().nodesize;
  fresh_.clear();
  for (const Movements::Move& move : moves_)
    fresh_.push_back({move.to, move.to + nodesize});
  pinned_.clear();
  for (const Movements::Range& range : found.pinned)
    pinned_.push_back({range.begin, range.end});
  emptied_ = found.emptied;
  movements_++;
}

// From where to where the last blocks were moved; those that would lie on each other are one arc.
void SpacePanel::draw_moves(const Frame& frame, const Rect& strip) {
  std::vector<CanvasEdge> edges;
  const auto width = static_cast<double>(strip.width);
  std::vector<std::pair<int, int>> drawn;
  for (auto move = moves_.rbegin(); move != moves_.rend() && edges.size() < most_arcs; ++move) {
    const double from = world_of(move->from);
    const double to = world_of(move->to);
    if (from < 0 || to < 0) continue;
    const double left = axis_.to_pixel(from, width);
    const double right = axis_.to_pixel(to, width);
    if (std::max(left, right) < 0 || std::min(left, right) > width) continue;
    const std::pair<int, int> place(static_cast<int>(left / 6), static_cast<int>(right / 6));
    if (std::ranges::find(drawn, place) != drawn.end()) continue;
    drawn.push_back(place);
    const float y = strip.bottom();
    edges.push_back({strip.x + static_cast<float>(std::clamp(left, -1e5, 1e5)), y,
                     strip.x + static_cast<float>(std::clamp(right, -1e5, 1e5)), y,
                     paint(meaning::relocation), frame.px(1.5f), strip.height * 0.8f, 0});
  }
  frame.painter.edges(*ImGui::GetWindowDrawList(), edges);
}

// The same part of the block groups as a map; what is pointed at lights up in both.
void SpacePanel::draw_map(const Frame& frame, float width) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = map_.height(frame, width, ImGui::GetContentRegionAvail().y - frame.px(90));
  if (height <= 0) return;
  const u64 lit = hovered_ != 0 ? hovered_ : chosen_;
  const SpaceMap::Pointed pointed = map_.draw(
      frame, {std::round(at.x), std::round(at.y), width, height},
      {*shown_, begins_, axis_, extents_.get(), moving_, lit, pinned_, fresh_, movements_});
  ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + height + frame.px(4)));
  if (!pointed.world) return;
  const GroupView* const group = group_at(*pointed.world);
  if (group == nullptr) return;
  tell_under(frame, *group, *pointed.world);
  if (pointed.double_clicked) {
    const auto index = static_cast<std::size_t>(group - shown_->groups.data());
    axis_.fit(begins_[index], begins_[index + 1]);
  } else if (pointed.clicked) {
    chosen_ = group->chunk->logical;
    frame.app.inspect(fmt::format("{}", address_at(*group, *pointed.world)));
  }
}

}  // namespace canopy::ui
