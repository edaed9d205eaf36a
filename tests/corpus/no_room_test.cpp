// A filesystem whose devices have no room left: what cannot move is named, and stays.

#include <gtest/gtest.h>

#include "check/check.h"
#include "recorded_case.h"
#include "relocation/balance.h"
#include "support/journaled_disks.h"
#include "support/must.h"
#include "support/visible_state.h"

namespace canopy {
namespace {

VisibleState state_of(JournaledDisks& disks) {
  return must(visible_state(*must(Filesystem::open(disks.open()))));
}

// Gives all room of the devices to data chunks.
void fill_devices(JournaledDisks& disks) {
  auto filesystem = must(Filesystem::open(disks.open()));
  FilesystemWriter& writer = *must(filesystem->writer());
  auto transaction = must(writer.begin());
  for (;;) {
    auto made = writer.allocate_chunk(*transaction, BLOCK_GROUP_DATA);
    if (made.ok()) continue;
    ASSERT_EQ(made.error().code(), Code::no_space);
    break;
  }
  must(writer.commit(std::move(transaction), {}));
}

TEST(WithoutRoom, ABalanceSaysSoBeforehandAndOfEachChunk) {
  auto recorded = RecordedCase::load(corpus_folder() + "/basic-1");
  ASSERT_TRUE(recorded.ok()) << recorded.error().to_string();
  JournaledDisks disks(recorded.value()->devices());
  const VisibleState before = state_of(disks);
  fill_devices(disks);
  auto filesystem = must(Filesystem::open(disks.open()));
  FilesystemWriter& writer = *must(filesystem->writer());
  BalanceRequest request;
  request.metadata = BalanceFilter();
  const BalancePlan plan = must(plan_balance(writer, request));
  ASSERT_EQ(plan.rooms.size(), 1u);
  EXPECT_EQ(plan.rooms[0].verdict(), PlannedRoom::Verdict::too_little);
  EXPECT_EQ(plan.rooms[0].free + plan.rooms[0].new_chunks, 0u);
  EXPECT_EQ(plan.rooms[0].to_move, plan.metadata_bytes);
  EXPECT_FALSE(plan.is_paused_by_kernel);
  RelocationControl control;
  const BalanceReport report = must(balance(writer, request, {}, control, nullptr));
  EXPECT_EQ(report.relocated, 0u);
  EXPECT_EQ(report.no_space, plan.chunks.size());
  for (const BalancedChunk& chunk : report.chunks) {
    EXPECT_EQ(chunk.verdict, ChunkVerdict::no_space);
    EXPECT_NE(chunk.problem.find("room for"), std::string::npos) << chunk.problem;
  }
  EXPECT_TRUE(state_of(disks).is_same(before));
  for (const Finding& finding :
       must(check_filesystem(*must(Filesystem::open(disks.open())))).findings)
    EXPECT_NE(finding.severity, Severity::error) << finding.to_string();
  // The data has all the room there is.
  request = BalanceRequest();
  request.data = BalanceFilter();
  request.data->usage = U64Range{1, 100};
  request.data->usage_is_range = true;
  EXPECT_EQ(must(plan_balance(writer, request)).rooms.at(0).verdict(),
            PlannedRoom::Verdict::enough);
}

}  // namespace
}  // namespace canopy
