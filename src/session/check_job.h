// Checking a stream by receiving it in memory (send/send_check.h), on a thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "send/send_check.h"
#include "session/job_state.h"

namespace canopy {

class CheckJob {
 public:
  // Sends `request` again, without storing it, and compares what comes of it with the snapshot.
  static std::shared_ptr<CheckJob> start(std::shared_ptr<Filesystem> filesystem,
                                         const SendRequest& request, std::function<void()> changed);
  ~CheckJob() { cancel(); }

  void cancel() { shared_->progress.cancelled = true; }
  JobState state() const;
  // How far the stream is, 0 to 1.
  double fraction() const { return shared_->progress.millionths.load() / 1e6; }
  // What was found. REQUIRES: state() is done.
  const CheckedSubvolume& result() const { return *shared_->result; }
  // Why it could not be checked, when it failed.
  std::string problem() const;

 private:
  struct Shared {
    std::shared_ptr<Filesystem> filesystem;
    SendRequest request;
    std::function<void()> changed;
    SendProgress progress;

    mutable std::mutex mutex;  // of what follows
    JobState state = JobState::running;
    std::optional<CheckedSubvolume> result;
    std::string problem;

    void run();
  };
  explicit CheckJob(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

}  // namespace canopy
