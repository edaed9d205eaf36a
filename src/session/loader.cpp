#include "session/loader.h"

#include <thread>

namespace canopy {

Loader::Loader(std::size_t limit) : limit_(limit), shared_(std::make_shared<Shared>()) {
  std::thread([shared = shared_] { run(shared); }).detach();
}

Loader::~Loader() {
  std::lock_guard lock(shared_->mutex);
  shared_->ended = true;
  shared_->newest_first.clear();
  shared_->asked.notify_all();
}

void Loader::ask(Work work, Work forgotten) {
  Entry dropped;
  {
    std::lock_guard lock(shared_->mutex);
    shared_->newest_first.push_front({std::move(work), std::move(forgotten)});
    if (shared_->newest_first.size() > limit_) {
      dropped = std::move(shared_->newest_first.back());
      shared_->newest_first.pop_back();
    }
    shared_->asked.notify_one();
  }
  if (dropped.forgotten) dropped.forgotten();
}

void Loader::run(const std::shared_ptr<Shared>& shared) {
  for (;;) {
    Entry entry;
    {
      std::unique_lock lock(shared->mutex);
      shared->asked.wait(lock, [&] { return shared->ended || !shared->newest_first.empty(); });
      if (shared->ended) return;
      entry = std::move(shared->newest_first.front());
      shared->newest_first.pop_front();
    }
    entry.work();
  }
}

}  // namespace canopy
