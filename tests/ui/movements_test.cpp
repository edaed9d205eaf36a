#include "ui/movements.h"

#include <gtest/gtest.h>

namespace canopy::ui {
namespace {

TEST(Movements, ArePinnedUntilTheirTransactionLetsThemGo) {
  Trace trace(64, true);
  Trace::Thread recording(&trace, "balance");
  trace_note(TraceKind::pinned, 4096, 8192);
  trace_note(TraceKind::extent_moved, 4096, 65536);
  Movements found = read_movements(trace, 10);
  ASSERT_EQ(found.pinned.size(), 1u);
  EXPECT_EQ(found.pinned[0].begin, 4096u);
  EXPECT_EQ(found.pinned[0].end, 12288u);
  ASSERT_EQ(found.moves.size(), 1u);
  EXPECT_EQ(found.moves[0].from, 4096u);
  EXPECT_EQ(found.moves[0].to, 65536u);
  EXPECT_EQ(found.released, 0u);

  trace_note(TraceKind::released, 9, 8192);
  found = read_movements(trace, 10);
  EXPECT_TRUE(found.pinned.empty());
  EXPECT_EQ(found.moves.size(), 1u);
  EXPECT_EQ(found.released, 1u);
}

TEST(Movements, KeepTheLastAndSayWhichGroupIsEmptied) {
  Trace trace(64, true);
  Trace::Thread recording(&trace, "balance");
  for (u64 i = 0; i < 20; i++) {
    trace.clock().advance(i * 1000);
    trace_note(TraceKind::extent_moved, i, 100 + i);
  }
  {
    TraceSpan span(TraceKind::relocate_group, 1 << 20);
    const Movements found = read_movements(trace, 5);
    EXPECT_EQ(found.emptied, u64{1} << 20);
    ASSERT_EQ(found.moves.size(), 5u);
    EXPECT_EQ(found.moves[0].from, 15u);
    EXPECT_EQ(found.first_since(18'000), 3u);
  }
  EXPECT_EQ(read_movements(trace, 5).emptied, 0u);
}

}  // namespace
}  // namespace canopy::ui
