// With all protections on, no schedule of a send beside a balance changes the stream: all schedules
// with few forced switches, and random ones. A person, or a nightly run, sets CANOPY_LONG to run
// all of them; else the first ones are run.

#include <gtest/gtest.h>

#include <cctype>

#include "base/random.h"
#include "concurrency/explorer.h"
#include "tiny_interplay.h"

namespace canopy {
namespace {

// How many schedules to run where not all are: threads are slow in node and under the sanitizer.
u64 scaled(u64 few) {
#if defined(__EMSCRIPTEN__)
  return few / 20 + 1;
#else
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  return few / 5 + 1;
#endif
#endif
  return few;
#endif
}

// Runs schedules until one fails, which is shown.
Exploration explore_all(const TinySetup& setup, u32 switches, u64 few) {
  TinyInterplay tiny(setup);
  u64 restarts = 0;
  Exploration done =
      explore(switches, is_long_run() ? ~u64{0} : scaled(few), [&](Scheduler::Chooser& chooser) {
        TinyRun run = tiny.run(chooser);
        restarts += run.restarts;
        EXPECT_GT(run.commits, 0u);
        const std::string fault = tiny.fault_of(run);
        EXPECT_EQ(fault, "") << text_of(setup) << "\n" << run.schedule;
        return fault.empty();
      });
  if (is_long_run()) {
    EXPECT_TRUE(done.complete);
    fmt::print("{}: {} schedules with at most {} forced switches, {} restarts\n", text_of(setup),
               done.runs, switches, restarts);
  }
  return done;
}

class EverySchedule : public testing::TestWithParam<TinySetup> {};

TEST_P(EverySchedule, OfOneForcedSwitchGivesTheSameStream) { explore_all(GetParam(), 1, 60); }

TEST_P(EverySchedule, OfTwoForcedSwitchesGivesTheSameStream) { explore_all(GetParam(), 2, 300); }

std::string setup_name(const testing::TestParamInfo<TinySetup>& info) {
  return info.param.image + (info.param.incremental ? "_incremental" : "_full");
}

INSTANTIATE_TEST_SUITE_P(Tiny, EverySchedule, testing::ValuesIn(tiny_setups()), setup_name);

TEST(SmallestFilesystem, HasTheSameStreamInEveryScheduleOfThreeForcedSwitches) {
  explore_all({.image = "names", .incremental = true}, 3, 1000);
}

// Everything that a run has to choose, from one seed.
TinySetup random_setup(u64 seed) {
  Random random(seed);
  const std::vector<TinySetup> setups = tiny_setups();
  TinySetup setup = setups[random.below(setups.size())];
  setup.chunks = static_cast<TinySetup::Chunks>(random.below(3));
  if (setup.image == "names") setup.chunks = TinySetup::Chunks::all;  // its groups are mixed
  setup.batch_blocks = 1 + random.below(4);
  setup.discard = random.below(2) == 0;
  setup.rounds = 1 + random.below(3);
  if (random.below(2) == 0) {
    setup.pipe_bytes = 1 + random.below(300);
    if (random.below(2) == 0) setup.commit_every_bytes = 100 + random.below(1000);
  }
  return setup;
}

TEST(RandomSchedules, GiveTheSameStream) {
  const u64 seeds = is_long_run() ? 10'000 : scaled(150);
  u64 restarts = 0;
  for (u64 seed = 0; seed < seeds; ++seed) {
    TinyInterplay tiny(random_setup(seed));
    RandomChooser chooser(seed, 1 + seed % 20);
    TinyRun run = tiny.run(chooser);
    restarts += run.restarts;
    ASSERT_EQ(tiny.fault_of(run), "") << "seed " << seed << ": " << text_of(tiny.setup()) << "\n"
                                      << run.schedule;
  }
  EXPECT_GT(restarts, seeds);
}

TEST(RandomSchedules, AreTheSameForTheSameSeed) {
  for (u64 seed : {3u, 4u, 5u}) {
    TinyInterplay tiny(random_setup(seed));
    RandomChooser first(seed, 5), second(seed, 5);
    EXPECT_EQ(tiny.run(first).schedule, tiny.run(second).schedule);
  }
}

}  // namespace
}  // namespace canopy
