// Crashes: whatever a balance has written when the machine stops, the image opens as the last
// committed filesystem, which is the filesystem that it always was.

#include <gtest/gtest.h>

#include <algorithm>

#include "relocation/balance.h"
#include "sharing_image.h"
#include "support/crash_replay.h"
#include "support/must.h"
#include "support/visible_state.h"

namespace canopy {
namespace {

Result<VisibleState> state_of(JournaledDisks::Devices devices) {
  return visible_state(*TRY(Filesystem::open(std::move(devices))));
}

Result<BalanceReport> balance_disks(JournaledDisks& disks, u64 batch_blocks, bool discard = false) {
  auto filesystem = TRY(Filesystem::open(disks.open()));
  RelocationOptions options;
  options.batch_blocks = batch_blocks;
  options.batch_data_bytes = batch_blocks * 65536;
  RelocationControl control;
  FilesystemWriter& writer = *TRY(filesystem->writer());
  writer.set_discard(discard);
  return balance(writer, {}, options, control, nullptr);
}

TEST(Crash, AtAnyFlushLeavesTheLastCommit) {
  JournaledDisks disks = sharing_image();
  const VisibleState before = must(state_of(disks.open()));
  must(balance_disks(disks, 12));
  CrashReplay replay(disks);
  u64 points = 0;
  u64 generation = 0;
  u64 commits = 0;
  while (replay.next()) {
    ++points;
    auto filesystem = must(Filesystem::open(replay.flushed()));
    ASSERT_GE(filesystem->super().generation, generation);
    if (filesystem->super().generation > generation) ++commits;
    generation = filesystem->super().generation;
    EXPECT_TRUE(must(visible_state(*filesystem)).is_same(before)) << "flush " << points;
  }
  EXPECT_GT(commits, 10u);
  EXPECT_GE(points, commits * 2 - 2);
}

void expect_the_last_commit_after_torn_writes(bool discard) {
  JournaledDisks disks = sharing_image();
  const VisibleState before = must(state_of(disks.open()));
  must(balance_disks(disks, 25, discard));
  for (u64 seed = 1; seed <= 3; ++seed) {
    Random random(seed);
    CrashReplay replay(disks);
    while (replay.next()) {
      auto state = state_of(replay.torn(random));
      ASSERT_TRUE(state.ok()) << state.error().to_string();
      EXPECT_TRUE(state.value().is_same(before)) << "seed " << seed;
    }
  }
}

TEST(Crash, WithAnyOfTheUnflushedWritesLeavesTheLastCommit) {
  expect_the_last_commit_after_torn_writes(false);
}

TEST(Crash, WithAnyOfTheUnflushedDiscardsLeavesTheLastCommit) {
  expect_the_last_commit_after_torn_writes(true);
}

// A disk that fails at any write or flush: the balance ends with its error, and what lies on the
// disk is a filesystem. After an error among the superblocks nothing is written any more.
TEST(Crash, OfADiskEndsTheBalanceWithAValidImage) {
  JournaledDisks whole = sharing_image();
  const VisibleState before = must(state_of(whole.open()));
  must(balance_disks(whole, 60));
  Random random(5);
  for (int round = 0; round < 25; ++round) {
    JournaledDisks disks = sharing_image();
    disks.fail_after(random.below(whole.events().size()));
    auto report = balance_disks(disks, 60);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code(), Code::io);
    disks.fail_after(~u64{0});
    auto state = state_of(disks.open());
    ASSERT_TRUE(state.ok()) << state.error().to_string();
    EXPECT_TRUE(state.value().is_same(before));
    EXPECT_TRUE(balance_disks(disks, 60).ok());
    EXPECT_TRUE(must(state_of(disks.open())).is_same(before));
  }
}

TEST(Crash, AmongSuperblocksStopsTheWriter) {
  bool committed = false;
  u64 stopped = 0, went_on = 0;
  for (u64 count = 0; !committed; ++count) {
    JournaledDisks disks = sharing_image();
    auto filesystem = must(Filesystem::open(disks.open()));
    FilesystemWriter& writer = *must(filesystem->writer());
    disks.fail_after(count);
    committed = writer.commit(must(writer.begin()), {}).ok();
    disks.fail_after(~u64{0});
    if (committed) break;
    // The first flush is that of the tree blocks; what follows are superblocks.
    const auto& events = disks.events();
    const bool among_supers =
        std::ranges::any_of(events, [](const JournalEvent& event) { return event.is_flush; });
    auto next = writer.begin();
    EXPECT_EQ(next.ok(), !among_supers) << count;
    ++(among_supers ? stopped : went_on);
    if (next.ok()) continue;
    EXPECT_NE(next.error().to_string().find("opened again"), std::string::npos)
        << next.error().to_string();
  }
  EXPECT_GT(stopped, 1u);
  EXPECT_GT(went_on, 2u);
}

}  // namespace
}  // namespace canopy
