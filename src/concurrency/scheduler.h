// The scheduler decides which of several threads moves. Code is written straight down, on real
// threads, with named yield points:
//
//     yield_point(Point::send_before_search);
//
// Free running: a thread that no scheduler controls passes a point at the cost of a load and a
// branch, and waits for locks as threads do.
//
// Controlled: of the threads that a Scheduler controls exactly one moves, and only from one point
// to the next; which one is next is for a Chooser to say: a person, a seed, a recorded schedule, an
// explorer of all schedules. A wait for a lock (WaitPoint) is a point whose thread can be chosen
// only while its condition holds. So the run of the whole is a function of the choices, and when no
// thread can be chosen that is a deadlock, which is described and not hung on.
//
// After a deadlock (or too many steps) the run collapses: the threads still move one at a time, but
// every wait ends at once, so that they can see that they are cancelled and return.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "concurrency/point.h"

namespace canopy {

class Scheduler {
 public:
  // A thread that could move now, and where it stands.
  struct Candidate {
    u32 thread = 0;
    Point at = Point::thread_start;
  };

  // Says who moves. Called with no lock held while all threads stand still.
  class Chooser {
   public:
    virtual ~Chooser() = default;
    // An index into `candidates` (never empty, in the order of the threads). `previous` is the
    // index of the thread that moved last, if it could go on.
    virtual std::size_t choose(const std::vector<Candidate>& candidates,
                               std::optional<std::size_t> previous) = 0;
    // The thread that moves has told something (point.h). Called with no lock held.
    virtual void note(u32 /*thread*/, Fact /*fact*/, u64 /*value*/) {}
  };
  // What a chooser answers to end the run: it collapses.
  static constexpr std::size_t no_more = ~std::size_t{0};

  // A thread as it stands.
  struct Standing {
    std::string name;
    Point at = Point::thread_start;
    std::string waits_for;  // "" where it waits for nothing
    bool can_move = false;
    bool finished = false;
  };

  // One choice of a run: this thread went on from this point.
  struct Step {
    u32 thread = 0;
    Point from = Point::thread_start;
    friend bool operator==(const Step&, const Step&) = default;
  };

  // The chooser is borrowed. A run of more than `max_steps` collapses.
  explicit Scheduler(Chooser& chooser, u64 max_steps = 1'000'000)
      : chooser_(chooser), max_steps_(max_steps) {}

  // All threads are added before the first of them enters. Names have no blank and no @, which part
  // words of a schedule. Returns the thread's number.
  u32 add_thread(std::string name);

  // Puts the calling thread under control for a scope; it first moves when chosen, and nobody moves
  // before all that were added have entered.
  class Control {
   public:
    Control(Scheduler& scheduler, u32 thread);
    ~Control();
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;
  };

  // Of a run that is over, or whose threads stand still (as within choose()):
  std::vector<Standing> standing() const;
  const std::vector<Step>& steps() const { return steps_; }
  const std::string& thread_name(u32 thread) const { return threads_[thread].name; }
  // Why the run collapsed: who waits for what; empty if it did not.
  const std::string& collapse_reason() const { return collapse_reason_; }

 private:
  friend void yield_point(Point point);
  friend bool run_has_collapsed();
  friend void note_fact(Fact fact, u64 value);
  friend bool is_controlled();
  friend class WaitPoint;

  enum class State : u8 { added, ready, waiting, moving, finished };
  struct Thread {
    std::string name;
    State state = State::added;
    Point at = Point::thread_start;
    std::string_view waits_for;       // of a waiting thread
    std::function<bool()> may_go_on;  // of a waiting thread
    std::condition_variable chosen;
  };

  // The scheduler that controls the calling thread; null when it runs free.
  static Scheduler*& current();
  static u32& current_thread();

  void yield(Point point);
  void wait(std::string_view what, std::function<bool()> may_go_on);
  void leave();
  // Gives the turn to a thread of the chooser's choice. REQUIRES: no thread is moving.
  void pass_turn(std::unique_lock<std::mutex>& hold);
  void await_turn(std::unique_lock<std::mutex>& hold, u32 thread);
  std::vector<Candidate> candidates() const;
  void collapse(std::string reason);

  Chooser& chooser_;
  u64 max_steps_;
  mutable std::mutex mutex_;
  std::deque<Thread> threads_;
  u32 entered_ = 0;
  u32 last_moved_ = ~0u;  // none yet
  std::vector<Step> steps_;
  bool collapsed_ = false;
  std::string collapse_reason_;
};

// A schedule as text, one word a step: "send@send_before_search". parse_schedule gives the steps
// back, or nullopt where a word is none of this scheduler's.
std::string schedule_text(const Scheduler& scheduler);
std::string schedule_text(const std::vector<Scheduler::Step>& steps,
                          const std::vector<std::string>& thread_names);
std::optional<std::vector<Scheduler::Step>> parse_schedule(
    std::string_view text, const std::vector<std::string>& thread_names);

}  // namespace canopy
