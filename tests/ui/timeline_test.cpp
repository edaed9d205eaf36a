#include "ui/timeline.h"

#include <gtest/gtest.h>

namespace canopy::ui {
namespace {

// A thread that searches and clones within items, beside one that commits.
void record(Trace& trace) {
  {
    Trace::Thread recording(&trace, "send");
    trace.clock().advance(1000);
    TraceSpan item(TraceKind::item, 257);
    trace.clock().advance(2000);
    {
      TraceSpan search(TraceKind::search, 5);
    }
    {
      TraceSpan search(TraceKind::search, 5);
    }
    {
      TraceSpan fill(TraceKind::pipe_fill, 100, 4096);
    }
  }
  {
    Trace::Thread recording(&trace, "balance");
    trace.clock().advance(5000);
    TraceSpan commit(TraceKind::commit, 9);
    TraceSpan switching(TraceKind::switch_roots, 9);
  }
  Trace::Thread recording(&trace, "later");
  trace.clock().advance(8000);
  TraceSpan restart(TraceKind::restart, 9);
}

TEST(Timeline, PutsSpansBelowThoseInWhichTheyLie) {
  Trace trace(64, true);
  record(trace);
  const Timeline timeline = make_timeline(trace);
  ASSERT_EQ(timeline.lanes.size(), 3u);
  const TimelineLane& send = timeline.lanes[0];
  EXPECT_EQ(send.name, "send");
  ASSERT_EQ(send.rows.size(), 2u);
  ASSERT_EQ(send.rows[0].size(), 1u);
  EXPECT_EQ(send.rows[0][0].kind, TraceKind::item);
  EXPECT_EQ(send.rows[0][0].begin_ns, 1000u);
  ASSERT_EQ(send.rows[1].size(), 2u);
  EXPECT_LE(send.rows[1][0].end_ns, send.rows[1][1].begin_ns);
  ASSERT_EQ(timeline.fills.size(), 1u);
  EXPECT_EQ(timeline.fills[0].bytes, 100u);
  EXPECT_EQ(timeline.pipe_capacity, 4096u);
}

TEST(Timeline, LeadsAnArrowFromTheSwitchOfRootsToTheRestart) {
  Trace trace(64, true);
  record(trace);
  const Timeline timeline = make_timeline(trace);
  ASSERT_EQ(timeline.arrows.size(), 1u);
  const TimelineArrow& arrow = timeline.arrows[0];
  EXPECT_EQ(arrow.transid, 9u);
  EXPECT_EQ(arrow.from_lane, 1u);
  EXPECT_EQ(arrow.to_lane, 2u);
  EXPECT_LT(arrow.from, arrow.to);
  EXPECT_EQ(arrow.to, 8000u);
}

TEST(Timeline, ShowsWhatAThreadIsInAtThisMoment) {
  Trace trace(64, true);
  Trace::Thread recording(&trace, "send");
  TraceSpan item(TraceKind::item, 257);
  TraceSpan full(TraceKind::pipe_full);
  const Timeline timeline = make_timeline(trace);
  ASSERT_EQ(timeline.lanes[0].open.size(), 2u);
  EXPECT_EQ(timeline.lanes[0].open[1].kind, TraceKind::pipe_full);
  EXPECT_EQ(timeline.lanes[0].rows.size(), 2u);
}

TEST(Timeline, ShowsWhoHasTheSemaphoreAndWhoWaitsForIt) {
  Trace trace(64, true);
  TraceBuffer& send = trace.add("send");
  TraceBuffer& other = trace.add("send 2");
  TraceBuffer& balance = trace.add("balance");
  send.begin_hold(TraceKind::holds_shared);
  trace.clock().advance(1000);
  other.begin_hold(TraceKind::holds_shared);
  trace.clock().advance(2000);
  balance.begin(TraceKind::commit_roots_exclusive, 0, 0);
  trace.clock().advance(3000);
  other.end_hold();
  const Timeline timeline = make_timeline(trace);
  ASSERT_EQ(timeline.holders.size(), 2u);
  EXPECT_EQ(timeline.holders[0][0].second, 0u);
  EXPECT_EQ(timeline.holders[0][0].end_ns, timeline.end);
  EXPECT_EQ(timeline.holders[1][0].second, 1u);
  EXPECT_EQ(timeline.holders[1][0].begin_ns, 1000u);
  EXPECT_EQ(timeline.holders[1][0].end_ns, 3000u);
  ASSERT_EQ(timeline.waiters.size(), 1u);
  EXPECT_EQ(timeline.waiters[0][0].second, 2u);
  EXPECT_TRUE(is_wait_for_roots(timeline.waiters[0][0].kind));
}

TEST(Timeline, OfFreeThreadsEndsWithWhatWasLast) {
  Trace trace(64);
  Trace::Thread recording(&trace, "send");
  {
    TraceSpan search(TraceKind::search, 5);
    while (trace_now() == trace.started_ns()) {
    }
  }
  const Timeline ended = make_timeline(trace);
  EXPECT_EQ(ended.end, ended.lanes[0].rows[0][0].end_ns);
  TraceSpan item(TraceKind::item, 257);
  EXPECT_GT(make_timeline(trace).end, ended.end);
}

TEST(Timeline, DrawsNoMoreSpansThanThereArePixels) {
  std::vector<TraceEvent> row;
  for (u64 i = 0; i < 100000; ++i)
    row.push_back({TraceKind::search, i * 10, i * 10 + 8, 0, 0});
  row[50000].end_ns = row[50000].begin_ns + 9;
  u64 drawn = 0;
  visit_spans(row, 0, 1000000, 1000, [&](const TraceEvent&) { ++drawn; });
  EXPECT_LE(drawn, 1001u);
  EXPECT_GE(drawn, 900u);
  drawn = 0;
  visit_spans(row, 500, 600, 1, [&](const TraceEvent&) { ++drawn; });
  EXPECT_GE(drawn, 10u);
  EXPECT_LE(drawn, 12u);
}

TEST(Timeline, DoesNotSkipAWideSpanAmongNarrowOnes) {
  const std::vector<TraceEvent> row = {{TraceKind::search, 0, 1, 0, 0},
                                       {TraceKind::commit, 2, 90000, 0, 0},
                                       {TraceKind::search, 90001, 90002, 0, 0}};
  bool seen = false;
  visit_spans(row, 0, 100000, 100,
              [&](const TraceEvent& event) { seen |= event.kind == TraceKind::commit; });
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace canopy::ui
