// A trace as the JSON that Chrome's tracing and Perfetto read: a thread a track, spans as complete
// events, and an arrow from the switch of commit roots to each restart that it caused.
#pragma once

#include <string>

#include "trace/trace.h"

namespace canopy {

// May be called while threads record. Times count from the trace's beginning, in microseconds; a
// span that has not ended lasts until now. What rings no longer had is counted in "otherData".
std::string chrome_trace_json(const Trace& trace);

}  // namespace canopy
