// What all jobs of a session have in common: their state, and how long they ran.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace canopy {

enum class JobState { running, paused, cancelled, failed, done };

inline bool has_ended(JobState state) {
  return state != JobState::running && state != JobState::paused;
}

// What a job is after an error.
inline JobState state_after(const Error& error) {
  return error.code() == Code::cancelled ? JobState::cancelled : JobState::failed;
}

// What a job is after `result`; what went wrong is told in `problem`.
template <class T>
JobState state_after(const Result<T>& result, std::string& problem) {
  if (result.ok()) return JobState::done;
  problem = result.error().to_string();
  return state_after(result.error());
}

// "Running", "Paused", ...
const char* job_state_name(JobState state);

// Counts the time that a job runs, without its pauses. Runs from the start.
class JobClock {
 public:
  void stop() {
    if (is_running_) ran_ += Clock::now() - since_;
    is_running_ = false;
  }
  void go_on() {
    if (!is_running_) since_ = Clock::now();
    is_running_ = true;
  }
  double seconds() const {
    const auto now = is_running_ ? Clock::now() - since_ : Clock::duration{};
    return std::chrono::duration<double>(ran_ + now).count();
  }

 private:
  using Clock = std::chrono::steady_clock;

  Clock::duration ran_{};
  Clock::time_point since_ = Clock::now();
  bool is_running_ = true;
};

}  // namespace canopy
