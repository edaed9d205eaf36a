#include "trace/chrome_trace.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/json.h"

namespace canopy {
namespace {

struct Track {
  std::string name;
  std::vector<TraceEvent> events;
  u64 lost = 0;
};

// A thread's holds of the commit root semaphore, which do not lie within its spans, and instants.
Track aside_of(const Trace& trace, const TraceBuffer& buffer) {
  Track track{buffer.name() + ": commit root semaphore", {}, 0};
  auto held = buffer.read_hold();
  const u64 count = buffer.read_aside(0, track.events);
  track.lost = count - track.events.size();
  if (held) {
    held->end_ns = std::max(trace.clock().look(), held->begin_ns);
    // It may have ended since, and be among the others.
    if (track.events.empty() || track.events.back().begin_ns < held->begin_ns)
      track.events.push_back(*held);
  }
  return track;
}

std::vector<Track> tracks_of(const Trace& trace) {
  std::vector<Track> tracks;
  for (const TraceBuffer* buffer : trace.buffers()) {
    Track& track = tracks.emplace_back();
    track.name = buffer->name();
    std::vector<TraceEvent> open;
    buffer->read_open(open);
    const u64 count = buffer->read(0, track.events);
    track.lost = count - track.events.size();
    const u64 now = trace.clock().look();
    for (TraceEvent& event : open) {
      // It may have ended since, and be among the others.
      const bool ended = std::ranges::any_of(track.events, [&](const TraceEvent& other) {
        return other.kind == event.kind && other.begin_ns == event.begin_ns;
      });
      event.end_ns = now;
      if (!ended) track.events.push_back(event);
    }
    // A span before what lies within it.
    std::ranges::sort(track.events, [](const TraceEvent& a, const TraceEvent& b) {
      return a.begin_ns != b.begin_ns ? a.begin_ns < b.begin_ns : a.end_ns > b.end_ns;
    });
    if (Track aside = aside_of(trace, *buffer); !aside.events.empty())
      tracks.push_back(std::move(aside));
  }
  return tracks;
}

class ChromeTrace {
 public:
  explicit ChromeTrace(const Trace& trace) : trace_(trace), tracks_(tracks_of(trace)) {}

  std::string text() {
    find_switches();
    json_.begin_object().key("displayTimeUnit").string("ms");
    json_.key("traceEvents").begin_array();
    for (std::size_t i = 0; i < tracks_.size(); ++i)
      write_track(tracks_[i], i + 1);
    json_.end_array();
    u64 lost = 0;
    for (const Track& track : tracks_)
      lost += track.lost;
    json_.key("otherData").begin_object().key("events lost").number(lost).end_object();
    json_.end_object();
    return json_.text();
  }

 private:
  // The flow of each transaction's switch of commit roots.
  struct Switch {
    u64 begin_ns;
    bool caused_restart;
  };

  void find_switches() {
    for (const Track& track : tracks_)
      for (const TraceEvent& event : track.events)
        if (event.kind == TraceKind::switch_roots) switches_[event.first] = {event.begin_ns, false};
    for (const Track& track : tracks_)
      for (const TraceEvent& event : track.events) {
        auto found = switches_.find(event.first);
        if (event.kind == TraceKind::restart && found != switches_.end())
          found->second.caused_restart = true;
      }
  }

  double microseconds(u64 ns) const {
    return static_cast<double>(ns - std::min(ns, trace_.started_ns())) / 1000;
  }

  JsonWriter& begin_event(std::string_view phase, std::string_view name, u64 thread) {
    json_.begin_object().key("ph").string(phase).key("name").string(name);
    return json_.key("pid").number(1).key("tid").number(thread);
  }

  void write_track(const Track& track, u64 thread) {
    begin_event("M", "thread_name", thread).key("args").begin_object();
    json_.key("name").string(track.name).end_object().end_object();
    begin_event("M", "thread_sort_index", thread).key("args").begin_object();
    json_.key("sort_index").number(thread).end_object().end_object();
    for (const TraceEvent& event : track.events) {
      write_span(event, thread);
      write_flow(event, thread);
    }
  }

  void write_span(const TraceEvent& event, u64 thread) {
    const TraceKindInfo& info = trace_kind_info(event.kind);
    if (event.kind == TraceKind::pipe_fill) return write_fill(event, thread);
    const bool takes_time = event.kind < TraceKind::extent_moved;
    const bool numbered = event.kind == TraceKind::commit;
    begin_event(takes_time ? "X" : "i",
                numbered ? fmt::format("{} {}", info.name, event.first) : info.name, thread);
    json_.key("cat").string(trace_category_name(info.category));
    json_.key("ts").real(microseconds(event.begin_ns));
    if (takes_time)
      json_.key("dur").real(static_cast<double>(event.end_ns - event.begin_ns) / 1000);
    else
      json_.key("s").string("t");
    json_.key("args").begin_object();
    if (!info.first.empty()) json_.key(info.first).number(event.first);
    if (!info.second.empty()) json_.key(info.second).number(event.second);
    json_.end_object().end_object();
  }

  void write_fill(const TraceEvent& event, u64 thread) {
    begin_event("C", trace_kind_info(event.kind).name, thread);
    json_.key("ts").real(microseconds(event.begin_ns)).key("args").begin_object();
    json_.key("bytes").number(event.first).end_object().end_object();
  }

  void write_flow(const TraceEvent& event, u64 thread) {
    const bool from = event.kind == TraceKind::switch_roots;
    if (!from && event.kind != TraceKind::restart) return;
    auto found = switches_.find(event.first);
    if (found == switches_.end() || !found->second.caused_restart) return;
    begin_event(from ? "s" : "f", "restart", thread).key("cat").string("restart");
    json_.key("id").number(event.first).key("ts").real(microseconds(event.begin_ns));
    if (!from) json_.key("bp").string("e");
    json_.end_object();
  }

  const Trace& trace_;
  std::vector<Track> tracks_;
  std::map<u64, Switch> switches_;  // by transaction
  JsonWriter json_;
};

}  // namespace

std::string chrome_trace_json(const Trace& trace) { return ChromeTrace(trace).text(); }

}  // namespace canopy
