// Checking the consistency of the filesystem (check/check.h), on a thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "check/check.h"
#include "filesystem/filesystem.h"
#include "session/job_state.h"

namespace canopy {

struct ConsistencySnapshot {
  JobState state = JobState::running;
  CheckStage stage = CheckStage::root_items;
  u64 done = 0;   // in this stage
  u64 total = 0;  // about; 0: not known
  u64 errors = 0;
  u64 warnings = 0;
  std::string problem;  // when failed

  bool ended() const { return has_ended(state); }
};

class ConsistencyJob {
 public:
  // REQUIRES: nobody changes the filesystem while it runs.
  static std::shared_ptr<ConsistencyJob> start(std::shared_ptr<Filesystem> filesystem,
                                               bool with_data, std::function<void()> changed);
  ~ConsistencyJob() { cancel(); }

  void cancel() { shared_->control.cancelled = true; }
  ConsistencySnapshot snapshot() const;
  bool with_data() const { return shared_->with_data; }
  // Those from the `from`th on that were found since.
  std::vector<Finding> findings(std::size_t from) const;

 private:
  struct Shared {
    std::shared_ptr<Filesystem> filesystem;
    bool with_data = false;
    std::function<void()> changed;
    CheckControl control;

    mutable std::mutex mutex;  // of what follows
    JobState state = JobState::running;
    std::vector<Finding> findings;
    u64 errors = 0;
    u64 warnings = 0;
    std::string problem;

    void run();
    void note(const Finding& finding);
  };
  explicit ConsistencyJob(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

// "extents and their references", for people.
const char* check_stage_name(CheckStage stage);

}  // namespace canopy
