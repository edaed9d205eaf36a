#include "trace/trace.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"

namespace canopy {

u64 trace_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<u64>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

u64 trace_time() {
  return current_trace_buffer == nullptr ? trace_now() : current_trace_buffer->time();
}

// Whoever sees a field of the new event (acquire) sees the odd state that was stored before it
// (release); so a reader that finds the same even state before and after has no field of another.
void TraceSlot::store(u64 number, const TraceEvent& event) {
  state_.store(2 * number - 1, std::memory_order_relaxed);
  kind_.store(static_cast<u64>(event.kind), std::memory_order_release);
  begin_.store(event.begin_ns, std::memory_order_release);
  end_.store(event.end_ns, std::memory_order_release);
  first_.store(event.first, std::memory_order_release);
  second_.store(event.second, std::memory_order_release);
  state_.store(2 * number, std::memory_order_release);
}

std::optional<TraceEvent> TraceSlot::load(u64 number) const {
  if (state_.load(std::memory_order_acquire) != 2 * number) return std::nullopt;
  TraceEvent event;
  event.kind = static_cast<TraceKind>(kind_.load(std::memory_order_acquire));
  event.begin_ns = begin_.load(std::memory_order_acquire);
  event.end_ns = end_.load(std::memory_order_acquire);
  event.first = first_.load(std::memory_order_acquire);
  event.second = second_.load(std::memory_order_acquire);
  if (state_.load(std::memory_order_relaxed) != 2 * number) return std::nullopt;
  return event;
}

TraceBuffer::TraceBuffer(std::string name, std::size_t capacity, TraceClock& clock)
    : name_(std::move(name)), clock_(clock), ring_(capacity), aside_((capacity + 1) / 2) {
  CHECK(capacity > 0);
}

void TraceBuffer::begin(TraceKind kind, u64 first, u64 second) {
  const std::size_t depth = depth_.load(std::memory_order_relaxed);
  if (depth < max_depth) {
    begun_events_[depth] = {kind, clock_.now(), 0, first, second};
    ++begun_;
    open_[depth].store(begun_, begun_events_[depth]);
    open_numbers_[depth].store(begun_, std::memory_order_release);
  }
  depth_.store(depth + 1, std::memory_order_release);
}

void TraceBuffer::end(u64 first, u64 second) {
  const std::size_t depth = depth_.load(std::memory_order_relaxed) - 1;
  depth_.store(depth, std::memory_order_release);
  if (depth >= max_depth) return;
  TraceEvent event = begun_events_[depth];
  event.end_ns = clock_.now();
  event.first = first;
  event.second = second;
  const u64 number = count_.load(std::memory_order_relaxed);
  ring_[to_size(number % ring_.size())].store(number + 1, event);
  count_.store(number + 1, std::memory_order_release);
}

void TraceBuffer::add_aside(const TraceEvent& event) {
  const u64 number = aside_count_.load(std::memory_order_relaxed);
  aside_[to_size(number % aside_.size())].store(number + 1, event);
  aside_count_.store(number + 1, std::memory_order_release);
}

void TraceBuffer::begin_hold(TraceKind kind) {
  const u64 number = hold_number_.load(std::memory_order_relaxed) + 1;
  if (number % 2 == 0) return;
  begun_hold_ = {kind, clock_.now(), 0, 0, 0};
  hold_.store(number, begun_hold_);
  hold_number_.store(number, std::memory_order_release);
}

void TraceBuffer::end_hold() {
  const u64 number = hold_number_.load(std::memory_order_relaxed);
  if (number % 2 == 0) return;
  begun_hold_.end_ns = clock_.now();
  add_aside(begun_hold_);
  hold_number_.store(number + 1, std::memory_order_release);
}

void TraceBuffer::note(TraceKind kind, u64 first, u64 second) {
  const u64 now = clock_.look();
  add_aside({kind, now, now, first, second});
}

u64 TraceBuffer::read_ring(const std::vector<TraceSlot>& ring, u64 until, u64 from,
                           std::vector<TraceEvent>& out) {
  if (until > ring.size()) from = std::max(from, until - ring.size());
  for (; from < until; ++from)
    if (auto event = ring[to_size(from % ring.size())].load(from + 1)) out.push_back(*event);
  return until;
}

std::optional<TraceEvent> TraceBuffer::read_hold() const {
  const u64 number = hold_number_.load(std::memory_order_acquire);
  return number % 2 == 0 ? std::nullopt : hold_.load(number);
}

void TraceBuffer::read_open(std::vector<TraceEvent>& out) const {
  const std::size_t depth = std::min(depth_.load(std::memory_order_acquire), max_depth);
  for (std::size_t i = 0; i < depth; ++i) {
    auto event = open_[i].load(open_numbers_[i].load(std::memory_order_acquire));
    if (!event) return;
    // What begins before its outer span is of another, that began since.
    if (!out.empty() && i > 0 && event->begin_ns < out.back().begin_ns) return;
    out.push_back(*event);
  }
}

Trace::Thread::Thread(Trace* trace, std::string name)
    : Thread(trace == nullptr ? nullptr : &trace->add(std::move(name))) {}

Trace::Thread::Thread(TraceBuffer* buffer) : recording_(buffer != nullptr) {
  if (!recording_) return;
  CHECK(current_trace_buffer == nullptr);
  current_trace_buffer = buffer;
}

TraceBuffer& Trace::add(std::string name) {
  std::scoped_lock hold(mutex_);
  return buffers_.emplace_back(std::move(name), events_per_thread_, clock_);
}

std::vector<const TraceBuffer*> Trace::buffers() const {
  std::scoped_lock hold(mutex_);
  std::vector<const TraceBuffer*> found;
  for (const TraceBuffer& buffer : buffers_)
    found.push_back(&buffer);
  return found;
}

}  // namespace canopy
