// What a trace holds, laid out in lanes, as numbers: a lane a thread, spans within spans below each
// other, arrows from the commits to the restarts that they caused, who held the commit root
// semaphore and who waited for it, and how full the pipe was.
//
// What is drawn of it is bounded by the width of the view and not by the length of the trace.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trace/trace.h"

namespace canopy::ui {

struct TimelineLane {
  std::string name;
  // By depth: those of a row neither touch nor overlap, and ascend.
  std::vector<std::vector<TraceEvent>> rows;
  u64 spans = 0;
  u64 lost = 0;  // that the trace no longer holds
  // What the thread is in at this moment, the outermost first.
  std::vector<TraceEvent> open;
};

struct TimelineArrow {
  u64 transid = 0;
  std::size_t from_lane = 0, to_lane = 0;
  u64 from = 0, to = 0;  // times
};

struct TimelineFill {
  u64 at = 0;
  u64 bytes = 0;
};

struct Timeline {
  std::vector<TimelineLane> lanes;
  // Of the commit root semaphore: who has it and who waits for it, side by side in rows, those who
  // wait below those who have it. `second` is the number of the lane of whose thread it is.
  std::vector<std::vector<TraceEvent>> holders, waiters;
  std::vector<TimelineArrow> arrows;  // by time of their ends
  std::vector<TimelineFill> fills;    // ascending
  u64 pipe_capacity = 0;
  u64 begin = 0, end = 0;  // in nanoseconds; of a controlled run a step is 1000

  u64 length() const { return end > begin ? end - begin : 1; }
  // As a part of the whole, 0 to 1.
  double world(u64 at) const;
  u64 time(double world) const;
};

// Whether somebody who waits for the commit root semaphore is in this.
bool is_wait_for_roots(TraceKind kind);

// No deeper rows are made: what lies deeper is left out.
inline constexpr std::size_t timeline_rows = 4;

// May be called while threads record.
Timeline make_timeline(const Trace& trace);

// Calls `draw` with the spans of a row that are seen between the times `from` and `to` when one
// pixel is `ns_per_pixel` wide: each that is wider, and one of all that begin in the same pixel.
void visit_spans(const std::vector<TraceEvent>& row, u64 from, u64 to, double ns_per_pixel,
                 const std::function<void(const TraceEvent&)>& draw);

}  // namespace canopy::ui
