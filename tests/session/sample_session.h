// Sessions on the sample image of the page, for the tests of this folder.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "session/session.h"

namespace canopy {

// Counts the news of threads, so that a test waits for them and not for a time.
class News {
 public:
  std::function<void()> changed() {
    return [this] {
      std::lock_guard lock(mutex_);
      came_.notify_all();
    };
  }
  template <typename Condition>
  void wait(Condition&& condition) {
    std::unique_lock lock(mutex_);
    while (!condition())
      came_.wait_for(lock, std::chrono::milliseconds(50));
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
};

// Opens it and begins to use it.
std::shared_ptr<Session> open_sample(News& news, const OpenChoice& choice = {});
// The filesystem itself, apart from any session.
std::unique_ptr<Filesystem> filesystem_of_sample();
// A full send of `path`, or one from `parent`.
SendRequest request_for(const Session& session, const char* path, const char* parent);

}  // namespace canopy
