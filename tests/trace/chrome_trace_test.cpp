#include "trace/chrome_trace.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

TEST(ChromeTrace, LeadsAnArrowFromACommitToTheRestartsThatItCaused) {
  Trace trace;
  {
    Trace::Thread recording(&trace, "all");
    for (u64 transid : {7u, 8u}) {
      TraceSpan commit(TraceKind::commit, transid);
      TraceSpan switching(TraceKind::switch_roots, transid);
    }
    for (int i = 0; i < 2; ++i)
      TraceSpan restart(TraceKind::restart, 8);
  }
  const std::string json = chrome_trace_json(trace);
  EXPECT_EQ(count_of(json, R"("name":"all")"), 1u);
  EXPECT_EQ(count_of(json, R"("ph":"X")"), 6u);
  EXPECT_EQ(count_of(json, R"("name":"commit 7")"), 1u);
  EXPECT_EQ(count_of(json, R"("ph":"s")"), 1u);
  EXPECT_EQ(count_of(json, R"("ph":"f")"), 2u);
  EXPECT_EQ(count_of(json, R"("id":8)"), 3u);
  EXPECT_EQ(count_of(json, R"("events lost":0)"), 1u);
}

TEST(ChromeTrace, SaysHowManyEventsItNoLongerHas) {
  Trace trace(2);
  Trace::Thread recording(&trace, "all");
  for (int i = 0; i < 5; ++i)
    TraceSpan span(TraceKind::search, 5);
  EXPECT_EQ(count_of(chrome_trace_json(trace), R"("events lost":3)"), 1u);
}

TEST(ChromeTrace, ShowsASpanThatHasNotEndedUntilNow) {
  Trace trace;
  Trace::Thread recording(&trace, "all");
  TraceSpan span(TraceKind::pipe_full);
  EXPECT_EQ(count_of(chrome_trace_json(trace), "write blocked on full pipe"), 1u);
}

}  // namespace
}  // namespace canopy
