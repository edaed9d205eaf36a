#include "ui/timeline.h"

#include <algorithm>
#include <map>

namespace canopy::ui {

namespace {

// Puts spans, an outer one before those within it, into rows.
void put_in_rows(std::vector<TraceEvent>& events, TimelineLane& lane) {
  std::stable_sort(events.begin(), events.end(), [](const TraceEvent& a, const TraceEvent& b) {
    return a.begin_ns != b.begin_ns ? a.begin_ns < b.begin_ns : a.end_ns > b.end_ns;
  });
  std::vector<u64> ends;  // of the spans that the next one may lie in
  for (const TraceEvent& event : events) {
    while (!ends.empty() && ends.back() <= event.begin_ns)
      ends.pop_back();
    const std::size_t depth = ends.size();
    ends.push_back(event.end_ns);
    if (depth >= timeline_rows) continue;
    if (lane.rows.size() <= depth) lane.rows.resize(depth + 1);
    lane.rows[depth].push_back(event);
  }
}

// Puts spans that may overlap into as few rows as they need; where that would be too many, those
// that begin later are left out.
std::vector<std::vector<TraceEvent>> put_side_by_side(std::vector<TraceEvent> events) {
  std::stable_sort(events.begin(), events.end(), [](const TraceEvent& a, const TraceEvent& b) {
    return a.begin_ns < b.begin_ns;
  });
  std::vector<std::vector<TraceEvent>> rows;
  for (const TraceEvent& event : events) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const std::vector<TraceEvent>& in) {
      return in.back().end_ns <= event.begin_ns;
    });
    if (row == rows.end()) {
      if (rows.size() == timeline_rows) continue;
      row = rows.emplace(rows.end());
    }
    row->push_back(event);
  }
  return rows;
}

// Those of a thread who has the semaphore, or had it.
void add_holds(const TraceBuffer& buffer, std::size_t lane, u64 now,
               std::vector<TraceEvent>& holds) {
  std::vector<TraceEvent> aside;
  const auto open = buffer.read_hold();
  buffer.read_aside(0, aside);
  if (open) {
    // It may have ended since, and be among the others.
    const bool ended = std::any_of(aside.rbegin(), aside.rend(), [&](const TraceEvent& event) {
      return event.kind == open->kind && event.begin_ns == open->begin_ns;
    });
    if (!ended) {
      aside.push_back(*open);
      aside.back().end_ns = std::max(now, open->begin_ns);
    }
  }
  for (TraceEvent event : aside) {
    if (event.kind != TraceKind::holds_shared && event.kind != TraceKind::holds_exclusive) continue;
    event.second = lane;
    holds.push_back(event);
  }
}

bool is_going_on(const Timeline& timeline, const std::vector<TraceEvent>& holds) {
  const auto lasts = [&](const TraceEvent& hold) { return hold.end_ns >= timeline.end; };
  return std::any_of(holds.begin(), holds.end(), lasts) ||
         std::any_of(timeline.lanes.begin(), timeline.lanes.end(),
                     [](const TimelineLane& lane) { return !lane.open.empty(); });
}

// Of a trace whose time is counted, the steps that were taken.
u64 last_end(const Trace& trace, const Timeline& timeline) {
  if (trace.clock().is_counted()) return timeline.end;
  u64 end = timeline.begin;
  for (const TimelineLane& lane : timeline.lanes)
    for (const auto& row : lane.rows)
      if (!row.empty()) end = std::max(end, row.back().end_ns);
  return end > timeline.begin ? end : timeline.end;
}

struct Switch {
  std::size_t lane = 0;
  u64 at = 0;
};

}  // namespace

double Timeline::world(u64 at) const {
  const u64 since = at > begin ? at - begin : 0;
  return static_cast<double>(since) / static_cast<double>(length());
}

u64 Timeline::time(double world) const {
  return begin + static_cast<u64>(std::max(world, 0.0) * static_cast<double>(length()));
}

bool is_wait_for_roots(TraceKind kind) {
  return kind == TraceKind::commit_roots_shared || kind == TraceKind::commit_roots_exclusive;
}

Timeline make_timeline(const Trace& trace) {
  Timeline timeline;
  std::vector<TraceEvent> holds, waits;
  timeline.begin = trace.started_ns();
  timeline.end = trace.clock().look();
  std::map<u64, Switch> switches;  // by transaction
  std::vector<TimelineArrow> restarts;
  for (const TraceBuffer* buffer : trace.buffers()) {
    const std::size_t number = timeline.lanes.size();
    TimelineLane& lane = timeline.lanes.emplace_back();
    lane.name = buffer->name();
    std::vector<TraceEvent> events;
    buffer->read_open(lane.open);
    const u64 count = buffer->read(0, events);
    lane.spans = count;
    lane.lost = count - events.size();
    // A span that ends in this moment may be among both.
    for (TraceEvent open : lane.open) {
      const bool ended = std::any_of(events.rbegin(), events.rend(), [&](const TraceEvent& event) {
        return event.kind == open.kind && event.begin_ns == open.begin_ns;
      });
      open.end_ns = std::max(timeline.end, open.begin_ns);
      if (!ended) events.push_back(open);
    }
    add_holds(*buffer, number, timeline.end, holds);
    std::vector<TraceEvent> spans;
    for (const TraceEvent& event : events) {
      if (event.kind == TraceKind::pipe_fill) {
        timeline.fills.push_back({event.begin_ns, event.first});
        timeline.pipe_capacity = std::max(timeline.pipe_capacity, event.second);
        continue;
      }
      if (event.kind == TraceKind::switch_roots) switches[event.first] = {number, event.end_ns};
      if (event.kind == TraceKind::restart)
        restarts.push_back({event.first, 0, number, 0, event.begin_ns});
      if (is_wait_for_roots(event.kind)) {
        waits.push_back(event);
        waits.back().second = number;
      }
      spans.push_back(event);
    }
    put_in_rows(spans, lane);
  }
  // Where nobody is in anything any more, the trace has ended with what was last.
  if (!is_going_on(timeline, holds)) timeline.end = last_end(trace, timeline);
  timeline.holders = put_side_by_side(std::move(holds));
  timeline.waiters = put_side_by_side(std::move(waits));
  std::stable_sort(timeline.fills.begin(), timeline.fills.end(),
                   [](const TimelineFill& a, const TimelineFill& b) { return a.at < b.at; });
  for (TimelineArrow& arrow : restarts) {
    const auto from = switches.find(arrow.transid);
    if (from == switches.end()) continue;
    arrow.from_lane = from->second.lane;
    arrow.from = from->second.at;
    timeline.arrows.push_back(arrow);
  }
  std::stable_sort(timeline.arrows.begin(), timeline.arrows.end(),
                   [](const TimelineArrow& a, const TimelineArrow& b) { return a.to < b.to; });
  return timeline;
}

void visit_spans(const std::vector<TraceEvent>& row, u64 from, u64 to, double ns_per_pixel,
                 const std::function<void(const TraceEvent&)>& draw) {
  auto at = std::partition_point(row.begin(), row.end(),
                                 [&](const TraceEvent& event) { return event.end_ns < from; });
  while (at != row.end() && at->begin_ns <= to) {
    draw(*at);
    const auto width = static_cast<double>(at->end_ns - at->begin_ns);
    if (width >= ns_per_pixel) {
      ++at;
      continue;
    }
    // The others that begin in this pixel would not be seen, but for one that is wider.
    const u64 next = at->begin_ns + std::max<u64>(1, static_cast<u64>(ns_per_pixel));
    const auto beyond = std::partition_point(
        at + 1, row.end(), [&](const TraceEvent& event) { return event.end_ns < next; });
    at = beyond;
  }
}

}  // namespace canopy::ui
