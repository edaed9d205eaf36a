#include "concurrency/scheduler.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "concurrency/wait_point.h"

namespace canopy {

Scheduler*& Scheduler::current() {
  static thread_local Scheduler* scheduler = nullptr;
  return scheduler;
}

u32& Scheduler::current_thread() {
  static thread_local u32 thread = 0;
  return thread;
}

void yield_point(Point point) {
  if (Scheduler* scheduler = Scheduler::current()) [[unlikely]]
    scheduler->yield(point);
}

bool run_has_collapsed() {
  Scheduler* scheduler = Scheduler::current();
  if (scheduler == nullptr) return false;
  std::unique_lock hold(scheduler->mutex_);
  return scheduler->collapsed_;
}

bool is_controlled() { return Scheduler::current() != nullptr; }

void note_fact(Fact fact, u64 value) {
  if (Scheduler* scheduler = Scheduler::current()) [[unlikely]]
    scheduler->chooser_.note(Scheduler::current_thread(), fact, value);
}

bool WaitPoint::controlled() { return Scheduler::current() != nullptr; }

void WaitPoint::wait_controlled(const std::function<bool()>& may_go_on) {
  Scheduler::current()->wait(name_, may_go_on);
}

u32 Scheduler::add_thread(std::string name) {
  std::unique_lock hold(mutex_);
  CHECK(entered_ == 0);
  threads_.emplace_back().name = std::move(name);
  return static_cast<u32>(threads_.size() - 1);
}

Scheduler::Control::Control(Scheduler& scheduler, u32 thread) {
  CHECK(current() == nullptr);
  current() = &scheduler;
  current_thread() = thread;
  std::unique_lock hold(scheduler.mutex_);
  CHECK(scheduler.threads_[thread].state == State::added);
  scheduler.threads_[thread].state = State::ready;
  if (++scheduler.entered_ == scheduler.threads_.size()) scheduler.pass_turn(hold);
  scheduler.await_turn(hold, thread);
}

Scheduler::Control::~Control() { Scheduler::current()->leave(); }

void Scheduler::leave() {
  u32 thread = current_thread();
  current() = nullptr;
  std::unique_lock hold(mutex_);
  threads_[thread].state = State::finished;
  pass_turn(hold);
}

void Scheduler::yield(Point point) {
  u32 thread = current_thread();
  std::unique_lock hold(mutex_);
  threads_[thread].state = State::ready;
  threads_[thread].at = point;
  pass_turn(hold);
  await_turn(hold, thread);
}

void Scheduler::wait(std::string_view what, std::function<bool()> may_go_on) {
  u32 thread = current_thread();
  std::unique_lock hold(mutex_);
  if (collapsed_) return;
  Thread& self = threads_[thread];
  self.state = State::waiting;
  self.at = Point::waiting;
  self.waits_for = what;
  self.may_go_on = std::move(may_go_on);
  pass_turn(hold);
  await_turn(hold, thread);
  self.may_go_on = nullptr;
}

void Scheduler::await_turn(std::unique_lock<std::mutex>& hold, u32 thread) {
  Thread& self = threads_[thread];
  self.chosen.wait(hold, [&] { return self.state == State::moving; });
}

std::vector<Scheduler::Candidate> Scheduler::candidates() const {
  std::vector<Candidate> found;
  for (u32 i = 0; i < threads_.size(); ++i) {
    const Thread& thread = threads_[i];
    bool can_move = thread.state == State::ready ||
                    (thread.state == State::waiting && (collapsed_ || thread.may_go_on()));
    if (can_move) found.push_back({i, thread.at});
  }
  return found;
}

std::vector<Scheduler::Standing> Scheduler::standing() const {
  std::unique_lock hold(mutex_);
  std::vector<Standing> all;
  for (const Thread& thread : threads_) {
    const bool waits = thread.state == State::waiting;
    all.push_back({thread.name, thread.at, waits ? std::string(thread.waits_for) : std::string(),
                   thread.state == State::ready || (waits && thread.may_go_on()),
                   thread.state == State::finished});
  }
  return all;
}

void Scheduler::collapse(std::string reason) {
  collapsed_ = true;
  collapse_reason_ = std::move(reason);
}

void Scheduler::pass_turn(std::unique_lock<std::mutex>& hold) {
  std::vector<Candidate> able = candidates();
  if (able.empty()) {
    std::string waiters;
    for (const Thread& thread : threads_) {
      if (thread.state != State::waiting) continue;
      waiters += fmt::format("{}{} waits for {}", waiters.empty() ? "" : ", ", thread.name,
                             thread.waits_for);
    }
    if (waiters.empty()) return;  // all have finished
    collapse("deadlock: " + waiters);
    able = candidates();
  }
  if (!collapsed_ && steps_.size() >= max_steps_)
    collapse(fmt::format("no end after {} steps", max_steps_));

  std::size_t chosen = 0;
  if (!collapsed_) {
    std::optional<std::size_t> previous;
    for (std::size_t i = 0; i < able.size(); ++i)
      if (able[i].thread == last_moved_) previous = i;
    hold.unlock();
    chosen = chooser_.choose(able, previous);
    hold.lock();
    if (chosen == no_more) {
      collapse("the run was stopped");
      able = candidates();
      chosen = 0;
    } else {
      CHECK(chosen < able.size());
      steps_.push_back({able[chosen].thread, able[chosen].at});
    }
  }
  last_moved_ = able[chosen].thread;
  threads_[last_moved_].state = State::moving;
  threads_[last_moved_].chosen.notify_one();
}

std::string schedule_text(const std::vector<Scheduler::Step>& steps,
                          const std::vector<std::string>& thread_names) {
  std::string text;
  for (const Scheduler::Step& step : steps) {
    if (!text.empty()) text += ' ';
    text += fmt::format("{}@{}", thread_names[step.thread], point_name(step.from));
  }
  return text;
}

std::string schedule_text(const Scheduler& scheduler) {
  std::vector<std::string> names;
  for (const Scheduler::Standing& thread : scheduler.standing())
    names.push_back(thread.name);
  return schedule_text(scheduler.steps(), names);
}

namespace {

std::optional<Point> point_of(std::string_view name) {
  for (u32 i = 0; i < POINTS; ++i)
    if (point_name(static_cast<Point>(i)) == name) return static_cast<Point>(i);
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<Scheduler::Step>> parse_schedule(
    std::string_view text, const std::vector<std::string>& thread_names) {
  std::vector<Scheduler::Step> steps;
  while (true) {
    auto begin = text.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return steps;
    auto end = std::min(text.find_first_of(" \n", begin), text.size());
    std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    auto at = word.find('@');
    if (at == std::string_view::npos) return std::nullopt;
    auto thread = std::ranges::find(thread_names, word.substr(0, at));
    auto point = point_of(word.substr(at + 1));
    if (thread == thread_names.end() || !point) return std::nullopt;
    steps.push_back({static_cast<u32>(thread - thread_names.begin()), *point});
  }
}

}  // namespace canopy
