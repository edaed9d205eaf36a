#include "concurrency/scheduler.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "concurrency/explorer.h"
#include "concurrency/shared_semaphore.h"

namespace canopy {
namespace {

// Runs two bodies as controlled threads "one" and "two".
class Pair {
 public:
  Pair(Scheduler::Chooser& chooser, u64 max_steps = 10'000) : scheduler(chooser, max_steps) {}

  void run(const std::function<void()>& one, const std::function<void()>& two) {
    u32 first = scheduler.add_thread("one");
    u32 second = scheduler.add_thread("two");
    std::thread a([&] {
      Scheduler::Control control(scheduler, first);
      one();
    });
    std::thread b([&] {
      Scheduler::Control control(scheduler, second);
      two();
    });
    a.join();
    b.join();
  }

  Scheduler scheduler;
};

// Two threads add one to a number, each reading it, being interrupted, and writing it back.
int add_carelessly(Scheduler::Chooser& chooser, std::string* schedule = nullptr) {
  int number = 0;
  auto add = [&] {
    int seen = number;
    yield_point(Point::test_a);
    number = seen + 1;
  };
  Pair pair(chooser);
  pair.run(add, add);
  if (schedule != nullptr) *schedule = schedule_text(pair.scheduler);
  return number;
}

TEST(Scheduler, WithoutForcedSwitchesNoUpdateIsLost) {
  Exploration all = explore(0, 1000, [](Scheduler::Chooser& chooser) {
    EXPECT_EQ(add_carelessly(chooser), 2);
    return true;
  });
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.runs, 2u);  // whichever begins
}

TEST(Scheduler, OneForcedSwitchFindsTheLostUpdateAndItReplays) {
  std::string schedule;
  explore(1, 1000,
          [&](Scheduler::Chooser& chooser) { return add_carelessly(chooser, &schedule) == 2; });
  auto steps = parse_schedule(schedule, {"one", "two"});
  ASSERT_TRUE(steps.has_value());
  for (int i = 0; i < 3; ++i) {
    ReplayChooser replay(*steps);
    EXPECT_EQ(add_carelessly(replay), 1) << schedule;
    EXPECT_FALSE(replay.diverged());
  }
}

TEST(Scheduler, ASeedGivesTheSameRunEachTime) {
  std::set<std::string> different;
  for (u64 seed = 0; seed < 50; ++seed) {
    std::string first, second;
    RandomChooser a(seed), b(seed);
    add_carelessly(a, &first);
    add_carelessly(b, &second);
    EXPECT_EQ(first, second);
    different.insert(first);
  }
  EXPECT_GT(different.size(), 3u);
}

TEST(Scheduler, LocksTakenInOppositeOrdersAreFoundAsADeadlock) {
  std::string reason;
  explore(1, 1000, [&](Scheduler::Chooser& chooser) {
    SharedSemaphore a, b;
    auto take = [](SharedSemaphore& first, SharedSemaphore& second) {
      first.lock();
      yield_point(Point::test_a);
      second.lock();
      second.unlock();
      first.unlock();
    };
    Pair pair(chooser);
    pair.run([&] { take(a, b); }, [&] { take(b, a); });
    reason = pair.scheduler.collapse_reason();
    return reason.empty();
  });
  EXPECT_EQ(reason,
            "deadlock: one waits for the commit root semaphore, "
            "two waits for the commit root semaphore");
}

TEST(Scheduler, ARunWithoutEndCollapses) {
  std::atomic<bool> cancelled{false};
  ReplayChooser chooser({});
  Pair pair(chooser, 100);
  pair.run(
      [&] {
        for (int i = 0; i < 1000 && !cancelled; ++i)
          yield_point(Point::test_a);
      },
      [&] { cancelled = true; });
  EXPECT_EQ(pair.scheduler.collapse_reason(), "no end after 100 steps");
}

// How many ways there are to interleave two threads of `points` points each with at most
// `switches` forced switches, counted by brute force over all sequences.
u64 count_interleavings(int points, int switches, int left_one, int left_two, int last, int used) {
  if (left_one < 0 && left_two < 0) return 1;
  u64 count = 0;
  for (int next : {0, 1}) {
    int left = next == 0 ? left_one : left_two;
    if (left < 0) continue;
    bool last_can_go_on = last >= 0 && (last == 0 ? left_one : left_two) >= 0;
    int forced = last_can_go_on && next != last ? 1 : 0;
    if (used + forced > switches) continue;
    count += count_interleavings(points, switches, left_one - (next == 0), left_two - (next == 1),
                                 next, used + forced);
  }
  return count;
}

TEST(Explorer, RunsEachScheduleWithinTheBoundOnce) {
  constexpr int POINTS_OF_EACH = 4;
  for (int switches : {0, 1, 2, 3}) {
    std::set<std::string> seen;
    Exploration all =
        explore(static_cast<u32>(switches), 100'000, [&](Scheduler::Chooser& chooser) {
          auto body = [] {
            for (int i = 0; i < POINTS_OF_EACH; ++i)
              yield_point(Point::test_b);
          };
          Pair pair(chooser);
          pair.run(body, body);
          EXPECT_TRUE(seen.insert(schedule_text(pair.scheduler)).second);
          return true;
        });
    EXPECT_TRUE(all.complete);
    EXPECT_EQ(all.runs,
              count_interleavings(POINTS_OF_EACH, switches, POINTS_OF_EACH, POINTS_OF_EACH, -1, 0));
  }
}

TEST(Schedule, TextThatIsNoneIsRefused) {
  EXPECT_FALSE(parse_schedule("one", {"one"}).has_value());
  EXPECT_FALSE(parse_schedule("two@test_a", {"one"}).has_value());
  EXPECT_FALSE(parse_schedule("one@nowhere", {"one"}).has_value());
  EXPECT_TRUE(parse_schedule(" one@test_a \n", {"one"}).has_value());
}

}  // namespace
}  // namespace canopy
