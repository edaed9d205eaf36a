#include "interplay/controlled_run.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "concurrency/explorer.h"

namespace canopy {
namespace {

constexpr u64 max_steps = 10'000'000;
// Of a comparison a send keeps the leaf and the root of two trees.
constexpr std::size_t blocks_kept = 4;

}  // namespace

// Chooses as it is told, and waits where it is told nothing.
class ControlledRun::Person final : public Scheduler::Chooser {
 public:
  // `clock` counts the steps, if there is one.
  Person(std::vector<Scheduler::Step> replay, TraceClock* clock)
      : clock_(clock), replay_(std::move(replay)) {}

  // The scheduler is asked how threads stand. REQUIRES: nobody moves yet.
  void watch(const Scheduler& scheduler) { scheduler_ = &scheduler; }

  std::size_t choose(const std::vector<Scheduler::Candidate>& candidates,
                     std::optional<std::size_t> previous) override {
    std::unique_lock hold(mutex_);
    for (;;) {
      if (cancelled_) return Scheduler::no_more;
      if (auto chosen = next(candidates, previous)) {
        taken_.push_back({candidates[*chosen].thread, candidates[*chosen].at});
        seen_.steps = taken_.size();
        if (clock_ != nullptr) clock_->advance(seen_.steps * step_ns);
        moved_.clear();
        return *chosen;
      }
      seen_.threads = scheduler_->standing();
      seen_.moved_blocks = moved_;
      seen_.state = ControlledSnapshot::State::standing;
      changed_.notify_all();
      changed_.wait(hold,
                    [&] { return cancelled_ || seen_.state == ControlledSnapshot::State::moving; });
    }
  }

  void note(u32 thread, Fact fact, u64 value) override {
    std::scoped_lock hold(mutex_);
    switch (fact) {
      case Fact::block_kept:
        keep(thread, value);
        return;
      case Fact::restarted:
        ++seen_.restarts;
        restarted_ = true;
        if (ControlledCommit* commit = find_commit(value)) ++commit->restarts;
        return;
      case Fact::committed:
        ++seen_.commits;
        seen_.last_committed = value;
        committed_ = true;
        add_commit(thread, value);
        return;
      case Fact::moved:
        note_moved(value);
        return;
      case Fact::pinned:
        seen_.transactions.back().pinned_bytes = value;
        return;
      case Fact::released:
        seen_.transactions.back().released = true;
        return;
    }
  }

  Result<void> step(std::string_view name) {
    std::scoped_lock hold(mutex_);
    TRY(check_standing());
    for (u32 i = 0; i < seen_.threads.size(); ++i) {
      const Scheduler::Standing& thread = seen_.threads[i];
      if (thread.name != name) continue;
      if (thread.finished) return error(Code::would_block, "{} has ended", name);
      if (!thread.can_move)
        return error(Code::would_block, "{} waits for {}", name, thread.waits_for);
      replay_.push_back({i, thread.at});
      go();
      return {};
    }
    return error(Code::invalid, "there is no thread {}", name);
  }

  Result<void> run(Until until, std::optional<u64> seed) {
    std::scoped_lock hold(mutex_);
    TRY(check_standing());
    until_ = until;
    random_.reset();
    if (seed) random_ = RandomChooser::of_seed(*seed);
    running_ = true;
    go();
    return {};
  }

  void pause() {
    std::scoped_lock hold(mutex_);
    if (!running_) return;
    running_ = false;
    seen_.stopped = fmt::format("paused after step {}", taken_.size());
  }

  void cancel() {
    std::scoped_lock hold(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }

  void end(InterplayOutcome outcome, const Scheduler& scheduler) {
    std::scoped_lock hold(mutex_);
    seen_.threads = scheduler.standing();
    seen_.state = ControlledSnapshot::State::ended;
    seen_.stopped = "the end";
    seen_.problem = scheduler.collapse_reason();
    if (seen_.problem.empty() && outcome.problem) seen_.problem = outcome.problem->to_string();
    seen_.outcome = std::move(outcome);
    changed_.notify_all();
  }

  ControlledSnapshot snapshot() const {
    std::scoped_lock hold(mutex_);
    return seen_;
  }

  std::vector<Scheduler::Step> taken(u64 from = 0) const {
    std::scoped_lock hold(mutex_);
    const u64 begin = std::min<u64>(from, taken_.size());
    return {taken_.begin() + static_cast<std::ptrdiff_t>(begin), taken_.end()};
  }

  void wait() const {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return seen_.state != ControlledSnapshot::State::moving; });
  }

  bool wait_for(std::chrono::milliseconds time) const {
    std::unique_lock hold(mutex_);
    return changed_.wait_for(hold, time,
                             [&] { return seen_.state != ControlledSnapshot::State::moving; });
  }

 private:
  Result<void> check_standing() const {
    if (seen_.state == ControlledSnapshot::State::standing) return {};
    if (seen_.state == ControlledSnapshot::State::ended)
      return error(Code::would_block, "the run has ended");
    return error(Code::would_block, "the run is not standing still");
  }

  void add_commit(u32 thread, u64 transid) {
    auto& commits = seen_.transactions;
    if (commits.size() == most_commits) commits.erase(commits.begin());
    ControlledCommit& commit = commits.emplace_back();
    commit.transid = transid;
    commit.thread = scheduler_->thread_name(thread);
    commit.step = seen_.steps;
  }

  ControlledCommit* find_commit(u64 transid) {
    for (auto at = seen_.transactions.rbegin(); at != seen_.transactions.rend(); ++at)
      if (at->transid == transid) return &*at;
    return nullptr;
  }

  void note_moved(u64 block) {
    ControlledCommit& commit = seen_.transactions.back();
    ++commit.moved;
    for (const auto& [holder, blocks] : kept_)
      if (std::ranges::find(blocks, block) != blocks.end() &&
          std::ranges::find(moved_, block) == moved_.end()) {
        moved_.push_back(block);
        ++commit.held;
      }
  }

  void go() {
    committed_ = restarted_ = false;
    seen_.state = ControlledSnapshot::State::moving;
    seen_.stopped.clear();
    changed_.notify_all();
  }

  // Who moves; nobody, if this is where to stand.
  std::optional<std::size_t> next(const std::vector<Scheduler::Candidate>& candidates,
                                  std::optional<std::size_t> previous) {
    if (next_ < replay_.size()) return replayed(candidates);
    if (!running_) {
      if (seen_.stopped.empty()) seen_.stopped = fmt::format("step {}", taken_.size());
      return std::nullopt;
    }
    if (has_arrived()) {
      running_ = false;
      return std::nullopt;
    }
    if (random_) return random_->choose(candidates, previous);
    if (until_ == Until::restart || until_ == Until::commit) return towards(candidates);
    return previous ? (*previous + 1) % candidates.size() : turn_++ % candidates.size();
  }

  std::optional<std::size_t> replayed(const std::vector<Scheduler::Candidate>& candidates) {
    const Scheduler::Step& step = replay_[next_];
    for (std::size_t i = 0; i < candidates.size(); ++i)
      if (candidates[i].thread == step.thread && candidates[i].at == step.from) {
        ++next_;
        return i;
      }
    replay_.resize(next_);
    seen_.stopped =
        fmt::format("the schedule does not fit: step {} cannot be taken", taken_.size() + 1);
    return std::nullopt;
  }

  bool has_arrived() {
    const bool there = (until_ == Until::commit && committed_) ||
                       (until_ == Until::restart && restarted_) ||
                       (until_ == Until::held_block_moved && !moved_.empty());
    if (!there) return false;
    switch (until_) {
      case Until::commit:
        seen_.stopped = fmt::format("transaction {} has switched the roots", seen_.last_committed);
        break;
      case Until::restart:
        seen_.stopped = fmt::format("a restart, of transaction {}", seen_.last_committed);
        break;
      default:
        seen_.stopped = fmt::format("transaction {} has moved a block that send keeps: {}",
                                    seen_.last_committed, moved_[0]);
    }
    return true;
  }

  // The last thread is the balance: it goes first, until it has committed if that is not the aim.
  std::size_t towards(const std::vector<Scheduler::Candidate>& candidates) {
    if (until_ == Until::commit || !committed_) return candidates.size() - 1;
    return turn_++ % candidates.size();
  }

  void keep(u32 thread, u64 block) {
    auto& blocks = kept_[thread];
    std::ranges::rotate(blocks, blocks.end() - 1);
    blocks[0] = block;
  }

  // Of a trace whose time is counted.
  static constexpr u64 step_ns = 1000;

  mutable std::mutex mutex_;
  TraceClock* clock_;
  mutable std::condition_variable changed_;
  const Scheduler* scheduler_ = nullptr;
  ControlledSnapshot seen_;
  std::vector<Scheduler::Step> replay_;  // those from next_ on are still to be taken
  std::size_t next_ = 0;
  std::vector<Scheduler::Step> taken_;
  std::size_t turn_ = 0;
  bool running_ = false;
  bool cancelled_ = false;
  Until until_ = Until::end;
  std::optional<RandomChooser> random_;
  bool committed_ = false;  // since the command
  bool restarted_ = false;
  std::map<u32, std::array<u64, blocks_kept>> kept_;  // by each thread
  std::vector<u64> moved_;                            // of those, by the last step
};

struct ControlledRun::Live {
  Live(std::unique_ptr<ControlledCase> given, std::vector<Scheduler::Step> steps)
      : work(std::move(given)),
        person(std::move(steps),
               work->request.trace == nullptr ? nullptr : &work->request.trace->clock()),
        scheduler(person, max_steps) {
    person.watch(scheduler);
  }

  std::unique_ptr<ControlledCase> work;
  Person person;
  Scheduler scheduler;
  std::thread thread;
};

ControlledRun::ControlledRun(Prepare prepare) : prepare_(std::move(prepare)) {}

ControlledRun::~ControlledRun() { end(); }

Result<std::unique_ptr<ControlledRun>> ControlledRun::start(Prepare prepare) {
  std::unique_ptr<ControlledRun> run(new ControlledRun(std::move(prepare)));
  TRY(run->begin({}));
  return run;
}

Result<void> ControlledRun::begin(std::vector<Scheduler::Step> steps) {
  end();
  auto work = TRY(prepare_());
  live_ = std::make_unique<Live>(std::move(work), std::move(steps));
  live_->thread = std::thread([live = live_.get()] {
    auto outcome = run_interplay(live->work->filesystem(), live->work->request, live->work->control,
                                 &live->scheduler);
    live->person.end(std::move(outcome), live->scheduler);
  });
  return {};
}

void ControlledRun::end() {
  if (live_ == nullptr) return;
  live_->person.cancel();
  live_->work->cancel();
  live_->work->control.cancel();
  live_->thread.join();
  live_.reset();
}

Result<void> ControlledRun::check_live() const {
  if (live_ != nullptr) return {};
  return error(Code::invalid, "the run could not begin again");
}

Result<void> ControlledRun::step(std::string_view thread) {
  TRY(check_live());
  return live_->person.step(thread);
}

Result<void> ControlledRun::run(Until until, std::optional<u64> seed) {
  TRY(check_live());
  return live_->person.run(until, seed);
}

Result<void> ControlledRun::rewind(u64 steps) {
  TRY(check_live());
  std::vector<Scheduler::Step> kept = live_->person.taken();
  kept.resize(std::min(kept.size(), to_size(steps)));
  return begin(std::move(kept));
}

Result<void> ControlledRun::load(std::string_view schedule) {
  TRY(check_live());
  auto steps = parse_schedule(schedule, thread_names(live_->work->request));
  if (!steps) return error(Code::invalid, "this is no schedule of these threads");
  return begin(std::move(*steps));
}

std::string ControlledRun::schedule() const {
  if (live_ == nullptr) return "";
  return schedule_text(live_->person.taken(), thread_names(live_->work->request));
}

void ControlledRun::pause() {
  if (live_ != nullptr) live_->person.pause();
}

std::vector<Scheduler::Step> ControlledRun::steps(u64 from) const {
  if (live_ == nullptr) return {};
  return live_->person.taken(from);
}

ControlledSnapshot ControlledRun::snapshot() const {
  if (live_ != nullptr) return live_->person.snapshot();
  ControlledSnapshot none;
  none.state = ControlledSnapshot::State::ended;
  none.problem = "the run could not begin again";
  return none;
}

void ControlledRun::wait() const {
  if (live_ != nullptr) live_->person.wait();
}

bool ControlledRun::wait_for(std::chrono::milliseconds time) const {
  return live_ == nullptr || live_->person.wait_for(time);
}

}  // namespace canopy
