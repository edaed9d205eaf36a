// Rules of older kernels, reclaim that nobody asked for, and deduplication, beside a send.

#include <gtest/gtest.h>

#include "concurrency/explorer.h"
#include "dedupe/dedupe.h"
#include "tiny_interplay.h"

namespace canopy {
namespace {

// Ids that make-tiny gives.
constexpr u64 top = 256, two = 258;

// All threads are slow in node and under the sanitizer, and few schedules show it all.
u64 seeds() { return is_long_run() ? 2000 : 10; }

TinySetup setup_of(u64 seed, const char* image = "twins") {
  TinySetup setup{.image = image, .incremental = seed % 3 != 0, .batch_blocks = 1 + seed % 4};
  setup.pipe_bytes = seed % 2 == 0 ? 0 : 200;
  setup.discard = seed % 5 == 0;
  return setup;
}

std::function<Result<void>(FilesystemWriter&, const std::function<void()>&)> deduplication(
    std::vector<u64> roots, DedupeReport& report) {
  return [roots = std::move(roots), &report](
             FilesystemWriter& writer, const std::function<void()>& make_room) -> Result<void> {
    DedupeOptions options;
    options.batch_items = 1;
    options.make_room = make_room;
    report = TRY(deduplicate(writer, roots, options));
    return {};
  };
}

// The stream beside a deduplication of the subvolume that the snapshots were made of, which takes
// their common blocks apart, and a balance, is received as the same: its commands are the same.
TEST(Deduplication, OfASubvolumeThatSharesItsTreeChangesNoStream) {
  u64 items = 0, restarts = 0;
  for (u64 seed = 0; seed < seeds(); ++seed) {
    TinyInterplay tiny(setup_of(seed));
    RandomChooser chooser(seed, 1 + seed % 15);
    DedupeReport report;
    const TinyRun run = tiny.run(chooser, nullptr, [&](InterplayRequest& request) {
      request.dedupe = deduplication({top}, report);
    });
    items += report.items;
    restarts += run.restarts;
    ASSERT_EQ(tiny.fault_of(run), "") << "seed " << seed << "\n" << run.schedule;
    ASSERT_TRUE(run.outcome.refused.empty()) << run.outcome.refused[0];
  }
  EXPECT_GT(items, seeds());
  EXPECT_GT(restarts, 0u);
}

// Whichever comes first does all that it would do alone, and the other nothing.
TEST(Deduplication, OfWhatIsBeingSentIsRefusedAndSendOfWhatIsDeduplicatedToo) {
  u64 sends_refused = 0, dedupes_refused = 0;
  for (u64 seed = 0; seed < seeds(); ++seed) {
    TinyInterplay tiny(setup_of(seed));
    RandomChooser chooser(seed, 1 + seed % 3);
    DedupeReport report;
    const TinyRun run = tiny.run(chooser, nullptr, [&](InterplayRequest& request) {
      request.balance.reset();
      request.dedupe = deduplication({two}, report);
    });
    ASSERT_EQ(run.problem + run.collapse + run.check, "") << run.schedule;
    if (!run.outcome.whole[0]) {
      ++sends_refused;
      EXPECT_TRUE(run.stream.empty());
      ASSERT_EQ(run.outcome.refused.size(), 1u);
      EXPECT_TRUE(run.outcome.refused[0].starts_with("send: ")) << run.outcome.refused[0];
    } else if (!run.outcome.refused.empty()) {
      ++dedupes_refused;
      EXPECT_EQ(run.stream, tiny.alone());
      EXPECT_EQ(report.items, 0u);
    }
    if (report.items == 0) {
      EXPECT_FALSE(run.outcome.refused.empty());
    }
  }
  EXPECT_GT(sends_refused, 0u);
  EXPECT_GT(dedupes_refused, 0u);
}

struct Ran {
  u64 whole = 0;     // streams
  u64 balanced = 0;  // to the end
  u64 refused_sends = 0;
  u64 refused_balances = 0;
  u64 both = 0;  // both ran to their ends
};

Ran run_by(Rules rules) {
  Ran ran;
  for (u64 seed = 0; seed < seeds(); ++seed) {
    TinyInterplay tiny(setup_of(seed, seed % 2 == 0 ? "levels" : "clones"));
    RandomChooser chooser(seed, 1 + seed % 3);
    const TinyRun run =
        tiny.run(chooser, nullptr, [&](InterplayRequest& request) { request.rules = rules; });
    EXPECT_EQ(run.problem + run.collapse + run.check, "") << run.schedule;
    if (run.outcome.whole[0]) {
      EXPECT_EQ(run.stream, tiny.alone());
    }
    ran.whole += run.outcome.whole[0];
    ran.balanced += run.outcome.rounds > 0;
    ran.both += run.outcome.whole[0] && run.outcome.rounds > 0;
    for (const std::string& refused : run.outcome.refused)
      ++(refused.starts_with("send") ? ran.refused_sends : ran.refused_balances);
  }
  return ran;
}

// By those of 5.14 a balance ends at the group that a send is in the way of, which in a small
// filesystem is the first.
TEST(Rules, OfLinux53AndOfLinux514LetBalanceAndSendExcludeEachOther) {
  for (Rules rules : {Rules::kernel_5_3, Rules::kernel_5_14}) {
    SCOPED_TRACE(rules_name(rules));
    const Ran ran = run_by(rules);
    EXPECT_GT(ran.refused_sends, 0u);
    EXPECT_GT(ran.refused_balances, 0u);
    EXPECT_EQ(ran.refused_sends + ran.whole, seeds());
    EXPECT_EQ(ran.refused_balances + ran.balanced, seeds());
  }
}

TEST(Rules, OfLinux517AndOfLinux52RefuseNobody) {
  for (Rules rules : {Rules::kernel_5_2, Rules::kernel_5_17}) {
    const Ran ran = run_by(rules);
    EXPECT_EQ(ran.both, seeds());
    EXPECT_EQ(ran.refused_sends + ran.refused_balances, 0u);
  }
}

TEST(Rules, HaveTheNamesOfTheKernels) {
  for (const char* name : {"5.2", "5.3", "5.14", "5.17"})
    EXPECT_EQ(rules_name(rules_named(name).value()), name);
  EXPECT_FALSE(rules_named("5.15").has_value());
}

// Returns how often it was put off.
u64 reclaim_by(Rules rules, u64& reclaimed, u64& restarts) {
  u64 put_off = 0;
  for (u64 seed = 0; seed < seeds(); ++seed) {
    TinyInterplay tiny(setup_of(seed, "levels"));
    RandomChooser chooser(seed, 1 + seed % 10);
    const TinyRun run = tiny.run(chooser, nullptr, [&](InterplayRequest& request) {
      request.rules = rules;
      request.balance.reset();
      request.reclaim.emplace().threshold = 90;
      request.reclaim->options.batch_blocks = 2;
    });
    EXPECT_EQ(run.problem + run.collapse + run.check, "") << run.schedule;
    if (run.outcome.whole[0]) {
      EXPECT_EQ(run.stream, tiny.alone());
    }
    // All groups of so small a filesystem are nearly empty.
    EXPECT_GT(run.outcome.reclaimed, 1u);
    reclaimed += run.outcome.reclaimed;
    restarts += run.restarts;
    put_off += run.outcome.reclaims_put_off;
  }
  return put_off;
}

TEST(Reclaim, MovesNearlyEmptyGroupsBesideASendThoughNobodyAskedForIt) {
  u64 reclaimed = 0, restarts = 0;
  EXPECT_EQ(reclaim_by(Rules::kernel_5_17, reclaimed, restarts), 0u);
  EXPECT_GT(restarts, 0u);
}

TEST(Reclaim, IsPutOffByTheRulesOfLinux514UntilNoSendRuns) {
  u64 reclaimed = 0, restarts = 0;
  EXPECT_GT(reclaim_by(Rules::kernel_5_14, reclaimed, restarts), 0u);
  EXPECT_EQ(restarts, 0u);
}

TEST(Reclaim, LooksAgainWhenADeduplicationHasFreedSpace) {
  for (u64 seed = 0; seed < seeds() / 4; ++seed) {
    TinyInterplay tiny(setup_of(seed));
    RandomChooser chooser(seed, 5);
    DedupeReport report;
    const TinyRun run = tiny.run(chooser, nullptr, [&](InterplayRequest& request) {
      request.dedupe = deduplication({top}, report);
      request.reclaim.emplace();
    });
    ASSERT_EQ(tiny.fault_of(run), "") << "seed " << seed << "\n" << run.schedule;
  }
}

}  // namespace
}  // namespace canopy
