// A send beside a balance, stepped by a person: everything stands still until told to move.
//
//     step("send")          one thread goes on to its next point
//     run(Until::commit)    they go on until a transaction has switched the commit roots
//     rewind(12)            as it was after 12 steps
//     schedule()            the steps until now, as text: whoever loads it is where we are
//
// A run is a function of its steps, so that going back is to begin anew and to replay the steps up
// to there. The run lives on threads of its own; commands return at once, and snapshot() tells when
// everything stands again. After a deadlock it has ended, and says who waits for whom.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "interplay/interplay.h"

namespace canopy {

// What a run works on. A run changes it, so that each run gets another.
struct ControlledCase {
  virtual ~ControlledCase() = default;
  virtual Filesystem& filesystem() = 0;
  // Ends streams that are being made; called by any thread.
  virtual void cancel() = 0;

  InterplayRequest request;
  RelocationControl control;
};

// A transaction that has switched the commit roots.
struct ControlledCommit {
  u64 transid = 0;
  std::string thread;  // whose it is
  u64 step = 0;        // in which it switched
  u64 moved = 0;       // extents and tree blocks, of a relocation
  u64 held = 0;        // of those, blocks that a send keeps a clone of
  u64 pinned_bytes = 0;
  bool released = false;  // what it has pinned may be used again
  u64 restarts = 0;       // of sends, because of it
};

struct ControlledSnapshot {
  enum class State : u8 { moving, standing, ended };
  State state = State::moving;
  std::vector<Scheduler::Standing> threads;
  u64 steps = 0;
  u64 commits = 0;   // transactions that have switched the commit roots
  u64 restarts = 0;  // of sends
  u64 last_committed = 0;
  // Blocks that sends keep a clone of and that the last commit has moved.
  std::vector<u64> moved_blocks;
  // The last ones, at most most_commits of them.
  std::vector<ControlledCommit> transactions;
  std::string stopped;  // why it stands, in words
  // Of a run that has ended: why it could not go on ("deadlock: send waits for ..."), or the first
  // problem; "" if all came to its end.
  std::string problem;
  InterplayOutcome outcome;
};

class ControlledRun {
 public:
  using Prepare = std::function<Result<std::unique_ptr<ControlledCase>>()>;
  enum class Until : u8 {
    end,
    commit,            // a transaction has switched the commit roots
    restart,           // a send has searched its place again
    held_block_moved,  // a commit has moved a block that a send keeps a clone of
  };

  // Begins; the threads stand before their first points. Errors: those of `prepare`.
  static Result<std::unique_ptr<ControlledRun>> start(Prepare prepare);
  // Ends the run, wherever it is.
  ~ControlledRun();

  // The thread with this name goes on to its next point. Code::invalid if there is none,
  // Code::would_block if it waits (for what is said) or if not everything stands.
  Result<void> step(std::string_view thread);
  // All go on. Who moves is chosen by the seed of a random sequence; without one, in turn, and
  // towards a restart the balance first, until it has committed. Code::would_block.
  Result<void> run(Until until, std::optional<u64> seed = std::nullopt);
  // Who runs stands at the next point.
  void pause();
  // As it was after that many steps. Errors: those of `prepare`, which end it all.
  Result<void> rewind(u64 steps);
  // Begins anew with these steps. Code::invalid if the text is no schedule of these threads. Where
  // a step cannot be taken it stands before it, and says so.
  Result<void> load(std::string_view schedule);

  std::string schedule() const;
  // The steps from number `from` on.
  std::vector<Scheduler::Step> steps(u64 from = 0) const;
  ControlledSnapshot snapshot() const;
  // Until everything stands or has ended. In a browser: not on the main thread.
  void wait() const;
  // The same, for that long at most; whether it stands.
  bool wait_for(std::chrono::milliseconds time) const;

  static constexpr std::size_t most_commits = 1000;

 private:
  class Person;
  struct Live;
  explicit ControlledRun(Prepare prepare);
  Result<void> check_live() const;
  Result<void> begin(std::vector<Scheduler::Step> steps);
  void end();

  Prepare prepare_;
  std::unique_ptr<Live> live_;
};

}  // namespace canopy
