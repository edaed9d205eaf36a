#include "trace/trace.h"

#include <gtest/gtest.h>

#include <thread>

namespace canopy {
namespace {

TEST(TraceSpan, IsRecordedByNobodyWhereNothingIsTraced) {
  EXPECT_EQ(current_trace_buffer, nullptr);
  TraceSpan span(TraceKind::search, 5);
  Trace::Thread recording(nullptr, "thread");
  EXPECT_EQ(current_trace_buffer, nullptr);
}

TEST(TraceSpan, LiesWithinTheSpanThatItBeganIn) {
  Trace trace;
  {
    Trace::Thread recording(&trace, "thread");
    TraceSpan outer(TraceKind::commit, 7);
    {
      TraceSpan inner(TraceKind::settle);
      inner.set(1, 2);
    }
  }
  EXPECT_EQ(current_trace_buffer, nullptr);
  ASSERT_EQ(trace.buffers().size(), 1u);
  const TraceBuffer& buffer = *trace.buffers()[0];
  EXPECT_EQ(buffer.name(), "thread");
  std::vector<TraceEvent> events;
  EXPECT_EQ(buffer.read(0, events), 2u);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, TraceKind::settle);
  EXPECT_EQ(events[0].first, 1u);
  EXPECT_EQ(events[0].second, 2u);
  EXPECT_EQ(events[1].kind, TraceKind::commit);
  EXPECT_EQ(events[1].first, 7u);
  EXPECT_LE(trace.started_ns(), events[1].begin_ns);
  EXPECT_LE(events[1].begin_ns, events[0].begin_ns);
  EXPECT_LE(events[0].end_ns, events[1].end_ns);
}

TEST(TraceBuffer, ShowsSpansThatHaveNotEnded) {
  Trace trace;
  Trace::Thread recording(&trace, "thread");
  TraceSpan outer(TraceKind::commit, 7);
  TraceSpan inner(TraceKind::settle);
  std::vector<TraceEvent> open;
  trace.buffers()[0]->read_open(open);
  ASSERT_EQ(open.size(), 2u);
  EXPECT_EQ(open[0].kind, TraceKind::commit);
  EXPECT_EQ(open[1].kind, TraceKind::settle);
  EXPECT_EQ(open[1].end_ns, 0u);
}

TEST(TraceBuffer, KeepsHoldsAndInstantsBesideSpans) {
  Trace trace(64, true);
  {
    Trace::Thread recording(&trace, "thread");
    trace_begin_hold(TraceKind::holds_shared);
    TraceSpan outer(TraceKind::item, 257);
    ASSERT_TRUE(trace.buffers()[0]->read_hold());
    EXPECT_EQ(trace.buffers()[0]->read_hold()->kind, TraceKind::holds_shared);
    trace_end_hold();  // before the span that began within it
    trace_end_hold();
    trace_note(TraceKind::released, 9, 4096);
  }
  trace_note(TraceKind::released, 10, 4096);
  const TraceBuffer& buffer = *trace.buffers()[0];
  EXPECT_FALSE(buffer.read_hold());
  std::vector<TraceEvent> aside;
  EXPECT_EQ(buffer.read_aside(0, aside), 2u);
  ASSERT_EQ(aside.size(), 2u);
  EXPECT_EQ(aside[0].kind, TraceKind::holds_shared);
  EXPECT_LT(aside[0].begin_ns, aside[0].end_ns);
  EXPECT_EQ(aside[1].kind, TraceKind::released);
  EXPECT_EQ(aside[1].first, 9u);
  EXPECT_EQ(aside[1].begin_ns, aside[1].end_ns);
  EXPECT_EQ(buffer.count(), 1u);
}

TEST(TraceBuffer, KeepsTheLastEventsAndCountsAll) {
  TraceClock clock(false);
  TraceBuffer buffer("thread", 4, clock);
  for (u64 i = 0; i < 10; ++i) {
    buffer.begin(TraceKind::search, i, 0);
    buffer.end(i, 0);
  }
  std::vector<TraceEvent> events;
  EXPECT_EQ(buffer.read(0, events), 10u);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events.front().first, 6u);
  EXPECT_EQ(events.back().first, 9u);
  EXPECT_EQ(buffer.read(9, events), 10u);
  EXPECT_EQ(events.size(), 5u);
}

TEST(TraceBuffer, RecordsNothingThatIsNestedTooDeepAndLosesNothingElse) {
  TraceClock clock(false);
  TraceBuffer buffer("thread", 64, clock);
  for (u64 i = 0; i < TraceBuffer::max_depth + 3; ++i)
    buffer.begin(TraceKind::search, i, 0);
  for (u64 i = TraceBuffer::max_depth + 3; i-- > 0;)
    buffer.end(i, 0);
  std::vector<TraceEvent> events;
  buffer.read(0, events);
  ASSERT_EQ(events.size(), TraceBuffer::max_depth);
  EXPECT_EQ(events.back().first, 0u);
}

// Both numbers of each event are the same: a reader that sees two that differ has seen a mixture.
TEST(TraceBuffer, GivesWholeEventsWhileItsThreadRecords) {
  Trace trace(8);
  std::atomic<bool> recording{true};
  std::thread writer([&] {
    Trace::Thread thread(&trace, "writer");
    for (u64 i = 0; i < 100'000; ++i) {
      TraceSpan outer(TraceKind::commit, i, i);
      TraceSpan inner(TraceKind::settle, i, i);
    }
    recording = false;
  });
  u64 seen = 0;
  while (recording || seen == 0) {
    for (const TraceBuffer* buffer : trace.buffers()) {
      std::vector<TraceEvent> events;
      buffer->read(0, events);
      buffer->read_open(events);
      seen += events.size();
      for (const TraceEvent& event : events)
        ASSERT_EQ(event.first, event.second);
    }
    std::this_thread::yield();
  }
  writer.join();
}

TEST(Trace, CountsItsTimeWhereItIsToldTo) {
  Trace trace(64, true);
  Trace::Thread recording(&trace, "thread");
  {
    TraceSpan span(TraceKind::search);
  }
  trace.clock().advance(5000);
  {
    TraceSpan span(TraceKind::search);
  }
  std::vector<TraceEvent> events;
  trace.buffers()[0]->read(0, events);
  EXPECT_EQ(trace.started_ns(), 0u);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].begin_ns, 0u);
  EXPECT_EQ(events[0].end_ns, 1u);
  EXPECT_EQ(events[1].begin_ns, 5000u);
  EXPECT_EQ(trace.clock().look(), trace.clock().look());
}

}  // namespace
}  // namespace canopy
