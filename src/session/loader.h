// A thread that does small pieces of work for a thread that must not wait: what was asked for last
// comes first, since that is what is looked at now, and what was asked for long ago and not begun
// is forgotten.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "base/types.h"

namespace canopy {

class Loader {
 public:
  using Work = std::function<void()>;

  // Keeps at most `limit` pieces of work that were not begun.
  explicit Loader(std::size_t limit);
  // Forgets what was not begun; what is being done ends by itself.
  ~Loader();

  // `forgotten`, if given, is called instead of `work` when it was asked for too long ago.
  void ask(Work work, Work forgotten = nullptr);

 private:
  struct Entry {
    Work work, forgotten;
  };
  struct Shared {
    std::mutex mutex;
    std::condition_variable asked;
    std::deque<Entry> newest_first;
    bool ended = false;
  };
  static void run(const std::shared_ptr<Shared>& shared);

  const std::size_t limit_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace canopy
