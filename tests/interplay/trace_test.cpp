// What a trace of a send beside a balance tells: spans nest, waits and commits are in it, and each
// restart has the commit that caused it.

#include "trace/trace.h"

#include <gtest/gtest.h>

#include <set>

#include "concurrency/explorer.h"
#include "tiny_interplay.h"

namespace canopy {
namespace {

struct Traced {
  std::vector<std::string> names;
  std::vector<std::vector<TraceEvent>> threads;
  u64 restarts = 0;
  u64 commits = 0;
};

Traced traced_run(u64 seed) {
  TinySetup setup{.image = "levels", .batch_blocks = 2, .pipe_bytes = 64};
  setup.commit_every_bytes = 200;
  TinyInterplay tiny(setup);
  RandomChooser chooser(seed, 10);
  Trace trace;
  const TinyRun run = tiny.run(chooser, &trace);
  EXPECT_EQ(tiny.fault_of(run), "");
  Traced traced;
  traced.restarts = run.restarts;
  traced.commits = run.commits;
  for (const TraceBuffer* buffer : trace.buffers()) {
    traced.names.push_back(buffer->name());
    buffer->read(0, traced.threads.emplace_back());
  }
  return traced;
}

TEST(Trace, HasSpansThatLieBesideOrWithinEachOther) {
  for (const std::vector<TraceEvent>& events : traced_run(1).threads) {
    ASSERT_FALSE(events.empty());
    // They come in the order of their ends.
    for (std::size_t i = 1; i < events.size(); ++i) {
      EXPECT_LE(events[i - 1].end_ns, events[i].end_ns);
      for (std::size_t j = i; j-- > 0 && events[j].end_ns > events[i].begin_ns;)
        EXPECT_GE(events[j].begin_ns, events[i].begin_ns);
    }
  }
}

TEST(Trace, HasTheCommitOfEveryRestart) {
  u64 restarts = 0;
  for (u64 seed = 0; seed < 5; ++seed) {
    const Traced traced = traced_run(seed);
    EXPECT_EQ(std::set<std::string>(traced.names.begin(), traced.names.end()),
              (std::set<std::string>{"send", "send.reader", "balance"}));
    std::map<u64, u64> switched;  // transaction, when
    u64 found = 0;
    for (const auto& events : traced.threads)
      for (const TraceEvent& event : events)
        if (event.kind == TraceKind::switch_roots) switched[event.first] = event.begin_ns;
    EXPECT_GE(switched.size(), traced.commits);
    for (const auto& events : traced.threads)
      for (const TraceEvent& event : events) {
        if (event.kind != TraceKind::restart) continue;
        ++found;
        ASSERT_TRUE(switched.contains(event.first));
        EXPECT_LE(switched[event.first], event.begin_ns);
      }
    EXPECT_EQ(found, traced.restarts);
    restarts += found;
  }
  EXPECT_GT(restarts, 0u);
}

TEST(Trace, ShowsThatAWriterWaitedForRoomInThePipe) {
  const Traced traced = traced_run(1);
  std::set<TraceKind> kinds;
  for (const auto& events : traced.threads)
    for (const TraceEvent& event : events)
      kinds.insert(event.kind);
  for (TraceKind kind :
       {TraceKind::pipe_full, TraceKind::search, TraceKind::clone_block, TraceKind::item,
        TraceKind::move_extents, TraceKind::remove_group, TraceKind::receiver_commit})
    EXPECT_TRUE(kinds.contains(kind)) << trace_kind_info(kind).name;
}

}  // namespace
}  // namespace canopy
