#include "concurrency/explorer.h"

namespace canopy {

std::size_t RandomChooser::choose(const std::vector<Scheduler::Candidate>& candidates,
                                  std::optional<std::size_t> previous) {
  if (previous && random_.below(rarity_) != 0) return *previous;
  return random_.below(candidates.size());
}

std::size_t ReplayChooser::choose(const std::vector<Scheduler::Candidate>& candidates,
                                  std::optional<std::size_t> previous) {
  if (next_ < steps_.size()) {
    const Scheduler::Step& step = steps_[next_++];
    for (std::size_t i = 0; i < candidates.size(); ++i)
      if (candidates[i].thread == step.thread && candidates[i].at == step.from) return i;
    diverged_ = true;
  }
  return previous.value_or(0);
}

namespace {

// A choice that was made: which of how many alternatives, and what it cost.
struct Decision {
  std::size_t chosen = 0;  // in the order of preference: 0 is going on
  std::size_t alternatives = 0;
  bool forced = false;  // whether choosing any but 0 is a forced switch
};

// Follows the decisions of `prefix`, then the first alternative each time, and notes them all.
class PrefixChooser : public Scheduler::Chooser {
 public:
  PrefixChooser(std::vector<Decision> prefix, u32 max_switches)
      : decisions_(std::move(prefix)), max_switches_(max_switches) {}

  std::size_t choose(const std::vector<Scheduler::Candidate>& candidates,
                     std::optional<std::size_t> previous) override {
    if (next_ == decisions_.size()) {
      bool may_switch = !previous || switches_ < max_switches_;
      decisions_.push_back({0, may_switch ? candidates.size() : 1, previous.has_value()});
    }
    const Decision& decision = decisions_[next_++];
    if (decision.forced && decision.chosen > 0) ++switches_;
    // Alternative 0 is the thread that moved last; the others follow in their order.
    if (!previous) return decision.chosen;
    if (decision.chosen == 0) return *previous;
    return decision.chosen <= *previous ? decision.chosen - 1 : decision.chosen;
  }

  // The decisions of the next schedule, depth first; false if this was the last.
  bool advance(std::vector<Decision>& prefix) const {
    prefix = decisions_;
    prefix.resize(next_);
    while (!prefix.empty()) {
      Decision& last = prefix.back();
      if (last.chosen + 1 < last.alternatives) {
        ++last.chosen;
        return true;
      }
      prefix.pop_back();
    }
    return false;
  }

 private:
  std::vector<Decision> decisions_;
  u32 max_switches_;
  std::size_t next_ = 0;
  u32 switches_ = 0;
};

}  // namespace

Exploration explore(u32 max_switches, u64 max_runs,
                    const std::function<bool(Scheduler::Chooser&)>& run) {
  Exploration result;
  std::vector<Decision> prefix;
  while (result.runs < max_runs) {
    PrefixChooser chooser(prefix, max_switches);
    ++result.runs;
    if (!run(chooser)) return result;
    if (!chooser.advance(prefix)) {
      result.complete = true;
      return result;
    }
  }
  return result;
}

}  // namespace canopy
