// Choosers of schedules: by seed, by a recorded schedule, and all of them up to a bound.
//
// The explorer runs the same thing again and again, each time with other choices. A thread goes on
// until it waits or ends, except where it is switched away by force; schedules are enumerated by
// where those forced switches are and to whom, up to a number of them. Most errors of concurrency
// need one or two.
#pragma once

#include <functional>

#include "base/random.h"
#include "concurrency/scheduler.h"

namespace canopy {

// Another thread now and then, by a seeded random sequence: at each point, one time in `rarity`.
class RandomChooser : public Scheduler::Chooser {
 public:
  explicit RandomChooser(u64 seed, u64 rarity = 2) : random_(seed), rarity_(rarity) {}
  // Of a seed as people give it: how often others come also depends on it. The same everywhere.
  static RandomChooser of_seed(u64 seed) { return RandomChooser(seed, 1 + seed % 20); }
  std::size_t choose(const std::vector<Scheduler::Candidate>& candidates,
                     std::optional<std::size_t> previous) override;

 private:
  Random random_;
  u64 rarity_;
};

// Follows a recorded schedule; where it says nothing more, or a thread that cannot move (then
// diverged() is true), the thread that moved last goes on.
class ReplayChooser : public Scheduler::Chooser {
 public:
  explicit ReplayChooser(std::vector<Scheduler::Step> steps) : steps_(std::move(steps)) {}
  std::size_t choose(const std::vector<Scheduler::Candidate>& candidates,
                     std::optional<std::size_t> previous) override;
  bool diverged() const { return diverged_; }

 private:
  std::vector<Scheduler::Step> steps_;
  std::size_t next_ = 0;
  bool diverged_ = false;
};

struct Exploration {
  u64 runs = 0;
  bool complete = false;  // all schedules within the bound were run
};

// Calls `run` with one chooser after another until it returns false (stop), all schedules with at
// most `max_switches` forced switches were run, or `max_runs` is reached. A run must depend on
// nothing but the choices.
Exploration explore(u32 max_switches, u64 max_runs,
                    const std::function<bool(Scheduler::Chooser&)>& run);

}  // namespace canopy
