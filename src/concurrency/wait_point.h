// A wait for a condition that other threads make true: a condition variable that the scheduler can
// see. Locks and pipes are made of it, so that in a controlled run nobody hangs unseen.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>

namespace canopy {

class WaitPoint {
 public:
  // `name` says what is waited for, in a deadlock's description; it must be a string literal.
  explicit WaitPoint(std::string_view name) : name_(name) {}

  // Returns when `may_go_on()`, which only looks at what the mutex guards. REQUIRES: `hold` is
  // locked. In a controlled run that has collapsed it returns though the condition does not hold.
  template <typename Condition>
  void wait(std::unique_lock<std::mutex>& hold, Condition may_go_on) {
    if (controlled()) {
      if (may_go_on()) return;
      hold.unlock();
      wait_controlled(may_go_on);
      hold.lock();
    } else {
      changed_.wait(hold, may_go_on);
    }
  }
  // Something changed that a waiter's condition may look at.
  void notify() { changed_.notify_all(); }

 private:
  static bool controlled();
  void wait_controlled(const std::function<bool()>& may_go_on);

  std::string_view name_;
  std::condition_variable changed_;
};

}  // namespace canopy
