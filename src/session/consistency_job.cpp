#include "session/consistency_job.h"

#include <algorithm>
#include <array>
#include <thread>

namespace canopy {

namespace {

constexpr std::size_t most_findings = 10'000;  // that are kept; all are counted

}  // namespace

void ConsistencyJob::Shared::note(const Finding& finding) {
  {
    std::lock_guard lock(mutex);
    (finding.severity == Severity::error ? errors : warnings)++;
    if (findings.size() < most_findings) findings.push_back(finding);
  }
  changed();
}

void ConsistencyJob::Shared::run() {
  CheckOptions options;
  options.check_data_csum = with_data;
  options.findings_kept = 0;
  CheckWatcher watcher;
  watcher.on_stage = [this](CheckStage) { changed(); };
  watcher.on_finding = [this](const Finding& finding) { note(finding); };
  const auto report = check_filesystem(*filesystem, options, &control, watcher);
  {
    std::lock_guard lock(mutex);
    state = state_after(report, problem);
  }
  filesystem.reset();
  changed();
}

std::shared_ptr<ConsistencyJob> ConsistencyJob::start(std::shared_ptr<Filesystem> filesystem,
                                                      bool with_data,
                                                      std::function<void()> changed) {
  auto shared = std::make_shared<Shared>();
  shared->filesystem = std::move(filesystem);
  shared->with_data = with_data;
  shared->changed = std::move(changed);
  std::thread([shared] { shared->run(); }).detach();
  return std::shared_ptr<ConsistencyJob>(new ConsistencyJob(std::move(shared)));
}

ConsistencySnapshot ConsistencyJob::snapshot() const {
  ConsistencySnapshot snapshot;
  const u32 stage = std::min(shared_->control.stage.load(), CHECK_STAGES - 1);
  snapshot.stage = static_cast<CheckStage>(stage);
  snapshot.done = shared_->control.done;
  snapshot.total = shared_->control.total;
  std::lock_guard lock(shared_->mutex);
  snapshot.state = shared_->state;
  snapshot.errors = shared_->errors;
  snapshot.warnings = shared_->warnings;
  snapshot.problem = shared_->problem;
  return snapshot;
}

std::vector<Finding> ConsistencyJob::findings(std::size_t from) const {
  std::lock_guard lock(shared_->mutex);
  const std::vector<Finding>& all = shared_->findings;
  if (from >= all.size()) return {};
  return {all.begin() + static_cast<std::ptrdiff_t>(from), all.end()};
}

const char* check_stage_name(CheckStage stage) {
  constexpr std::array names = {"superblocks and root items",
                                "extents and their references",
                                "free space",
                                "files and folders",
                                "checksums",
                                "places of subvolumes",
                                "quotas"};
  return names[static_cast<std::size_t>(stage)];
}

}  // namespace canopy
