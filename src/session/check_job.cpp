#include "session/check_job.h"

#include <thread>

namespace canopy {

namespace {

Result<CheckedSubvolume> check(Filesystem& filesystem, const SendRequest& request,
                               SendProgress& progress) {
  const SubvolumeList subvolumes = TRY(SubvolumeList::read(filesystem.forest()));
  NoSink sink;
  SendCheck checked =
      TRY(run_checked_send_plan(filesystem, subvolumes, plan_of(request), sink, &progress));
  return std::move(checked.subvolumes.front());
}

}  // namespace

void CheckJob::Shared::run() {
  Result<CheckedSubvolume> checked = check(*filesystem, request, progress);
  {
    std::lock_guard lock(mutex);
    state = state_after(checked, problem);
    if (checked.ok()) result = std::move(checked).value();
  }
  filesystem.reset();
  changed();
}

std::shared_ptr<CheckJob> CheckJob::start(std::shared_ptr<Filesystem> filesystem,
                                          const SendRequest& request,
                                          std::function<void()> changed) {
  auto shared = std::make_shared<Shared>();
  shared->filesystem = std::move(filesystem);
  shared->request = request;
  shared->changed = std::move(changed);
  std::thread([shared] { shared->run(); }).detach();
  return std::shared_ptr<CheckJob>(new CheckJob(std::move(shared)));
}

JobState CheckJob::state() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->state;
}

std::string CheckJob::problem() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->problem;
}

}  // namespace canopy
