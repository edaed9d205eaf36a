// Records what threads do, as spans, without a lock:
//
//     TraceSpan span(TraceKind::search, tree);     // from here to the end of the scope
//
// A thread records once Trace::Thread has given it a buffer; a thread without one passes a span at
// the cost of a load and a branch. A buffer is written by its thread only, and read by any other at
// any time: its slots are numbered, and a reader leaves out what was overwritten under its eyes.
//
//   open    | relocate_group | commit | switch_roots |        spans that have not ended, by depth
//   ring    ... | search | clone | search | item | ...        the last ones that have
//   aside   ... | holds_shared | extent_moved | pinned | ...  what does not lie within spans
//
// Memory is bounded: a ring keeps the last events, and counts all.
//
// Time is the steady clock, or counted: in a controlled run (concurrency/scheduler.h), where
// threads move one at a time, a step is a microsecond, and the same schedule gives the same trace.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "trace/event.h"

namespace canopy {

// The steady clock.
u64 trace_now();

// An event that one thread writes and others read. A reader either gets one whole event or none.
class TraceSlot {
 public:
  // `number` is greater than that of the event before, and not 0.
  void store(u64 number, const TraceEvent& event);
  // The event with this number; absent: the slot has another one.
  std::optional<TraceEvent> load(u64 number) const;

 private:
  std::atomic<u64> state_{0};  // twice the number; one less while it is being written
  std::atomic<u64> kind_{0};
  std::atomic<u64> begin_{0};
  std::atomic<u64> end_{0};
  std::atomic<u64> first_{0};
  std::atomic<u64> second_{0};
};

// Where a trace has its times from, in nanoseconds.
class TraceClock {
 public:
  explicit TraceClock(bool counted) : counted_(counted), started_(counted ? 0 : trace_now()) {}

  u64 started() const { return started_; }
  bool is_counted() const { return counted_; }
  // Counted time: no look is at the time of another.
  u64 now() { return counted_ ? count_.fetch_add(1, std::memory_order_relaxed) : trace_now(); }
  // From here on it is at least that late. Counted time only, by the thread that moves.
  void advance(u64 ns) {
    if (count_.load(std::memory_order_relaxed) < ns) count_.store(ns, std::memory_order_relaxed);
  }
  // For those who watch: they do not make it any later.
  u64 look() const { return counted_ ? count_.load(std::memory_order_relaxed) : trace_now(); }

 private:
  bool counted_;
  u64 started_;
  std::atomic<u64> count_{0};
};

class TraceBuffer {
 public:
  static constexpr std::size_t max_depth = 16;

  // The clock is borrowed.
  TraceBuffer(std::string name, std::size_t capacity, TraceClock& clock);

  // By the thread that it belongs to. Spans end in the reverse order.
  void begin(TraceKind kind, u64 first, u64 second);
  void end(u64 first, u64 second);
  // The thread has the commit root semaphore from here on, one time only, until it has no more.
  void begin_hold(TraceKind kind);
  void end_hold();
  // Something that takes no time.
  void note(TraceKind kind, u64 first, u64 second);

  const std::string& name() const { return name_; }
  u64 time() const { return clock_.look(); }
  // How many spans have ended.
  u64 count() const { return count_.load(std::memory_order_acquire); }
  // Appends those from number `from` on (the first is 0) that are still there, oldest first, and
  // returns the number to go on from.
  u64 read(u64 from, std::vector<TraceEvent>& out) const {
    return read_ring(ring_, count(), from, out);
  }
  // The same of holds that have ended and of instants.
  u64 read_aside(u64 from, std::vector<TraceEvent>& out) const {
    return read_ring(aside_, aside_count(), from, out);
  }
  u64 aside_count() const { return aside_count_.load(std::memory_order_acquire); }
  // How the thread holds the semaphore now, if it does.
  std::optional<TraceEvent> read_hold() const;
  // Appends those that have not ended, the outermost first.
  void read_open(std::vector<TraceEvent>& out) const;

 private:
  static u64 read_ring(const std::vector<TraceSlot>& ring, u64 until, u64 from,
                       std::vector<TraceEvent>& out);
  void add_aside(const TraceEvent& event);

  std::string name_;
  TraceClock& clock_;
  std::vector<TraceSlot> ring_;
  std::atomic<u64> count_{0};
  std::vector<TraceSlot> aside_;  // half as long
  std::atomic<u64> aside_count_{0};
  TraceSlot hold_;
  std::atomic<u64> hold_number_{0};  // of what is in hold_; even: nothing is held
  TraceEvent begun_hold_;            // for its thread alone
  std::array<TraceSlot, max_depth> open_;
  std::array<std::atomic<u64>, max_depth> open_numbers_{};
  std::atomic<std::size_t> depth_{0};
  u64 begun_ = 0;
  std::array<TraceEvent, max_depth> begun_events_;  // for its thread alone
};

// Where the calling thread records; null where it does not.
inline constinit thread_local TraceBuffer* current_trace_buffer = nullptr;

// The time of what the calling thread does: that of the trace in which it records, otherwise the
// steady clock's.
u64 trace_time();

// These three do nothing where the calling thread does not record.
inline void trace_begin_hold(TraceKind kind) {
  if (current_trace_buffer != nullptr) [[unlikely]]
    current_trace_buffer->begin_hold(kind);
}
inline void trace_end_hold() {
  if (current_trace_buffer != nullptr) [[unlikely]]
    current_trace_buffer->end_hold();
}
inline void trace_note(TraceKind kind, u64 first, u64 second) {
  if (current_trace_buffer != nullptr) [[unlikely]]
    current_trace_buffer->note(kind, first, second);
}

class TraceSpan {
 public:
  explicit TraceSpan(TraceKind kind, u64 first = 0, u64 second = 0)
      : buffer_(current_trace_buffer), first_(first), second_(second) {
    if (buffer_ != nullptr) [[unlikely]]
      buffer_->begin(kind, first, second);
  }
  ~TraceSpan() {
    if (buffer_ != nullptr) [[unlikely]]
      buffer_->end(first_, second_);
  }
  TraceSpan(const TraceSpan&) = delete;
  TraceSpan& operator=(const TraceSpan&) = delete;

  // What was not known at the beginning.
  void set(u64 first, u64 second = 0) {
    first_ = first;
    second_ = second;
  }

 private:
  TraceBuffer* buffer_;
  u64 first_;
  u64 second_;
};

class Trace {
 public:
  explicit Trace(std::size_t events_per_thread = std::size_t{1} << 15, bool counted = false)
      : events_per_thread_(events_per_thread), clock_(counted) {}

  // The calling thread records into `trace`, which may be null, for a scope. REQUIRES: the trace
  // outlives the scope; the thread does not record already.
  class Thread {
   public:
    Thread(Trace* trace, std::string name);
    // Into a buffer that was added before, which may be null.
    explicit Thread(TraceBuffer* buffer);
    ~Thread() {
      if (recording_) current_trace_buffer = nullptr;
    }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

   private:
    bool recording_;
  };

  TraceClock& clock() { return clock_; }
  const TraceClock& clock() const { return clock_; }
  u64 started_ns() const { return clock_.started(); }
  // A buffer for a thread that will begin: so its place among them does not hang on who is first.
  TraceBuffer& add(std::string name);
  // The threads so far, in the order in which they were added or began. The buffers last as long as
  // this.
  std::vector<const TraceBuffer*> buffers() const;

 private:
  std::size_t events_per_thread_;
  TraceClock clock_;
  mutable std::mutex mutex_;  // guards the list: taken when a thread begins, never when it records
  std::deque<TraceBuffer> buffers_;
};

}  // namespace canopy
