#include "session/session.h"

#include <algorithm>
#include <thread>

namespace canopy {

namespace {

// Whoever drops a filesystem last, it is closed on a thread: its devices may have to wait for reads
// that are still under way, and the browser's main thread must not.
std::shared_ptr<Filesystem> closed_on_a_thread(std::unique_ptr<Filesystem> filesystem) {
  return {filesystem.release(),
          [](Filesystem* closing) { std::thread([closing] { delete closing; }).detach(); }};
}

// Changes are kept in memory. Where addresses have 32 bits, running out of them ends the program;
// a balance that needs more has to end before that.
constexpr u64 most_changes = sizeof(void*) == 4 ? u64{2560} << 20 : ~u64{0};

// Of each thread of a send or balance that is traced; more threads than that are not.
constexpr std::size_t traced_events = std::size_t{1} << 13;
constexpr std::size_t traced_threads = 16;

}  // namespace

Result<void> Session::open_shared(Shared& shared, const OpenDevices& open_devices) {
  std::vector<std::unique_ptr<Device>> bases = TRY(open_devices(shared.opening));
  std::vector<std::unique_ptr<Device>> devices;
  const u64 limit = most_changes / std::max<std::size_t>(bases.size(), 1);
  for (std::unique_ptr<Device>& base : bases) {
    auto overlay = std::make_unique<OverlayDevice>(std::move(base), limit);
    shared.overlays.push_back(overlay.get());
    devices.push_back(std::move(overlay));
  }
  shared.filesystem = closed_on_a_thread(
      TRY(Filesystem::open(std::move(devices), shared.opening.choice.filesystem)));
  shared.next_summary = std::make_shared<ImageSummary>(TRY(summarize(*shared.filesystem)));
  return {};
}

std::shared_ptr<Session> Session::open(OpenDevices open_devices, Changed changed,
                                       const OpenChoice& choice) {
  auto shared = std::make_shared<Shared>();
  shared->opening.choice = choice;
  std::thread([shared, changed, open_devices = std::move(open_devices)] {
    Result<void> result = open_shared(*shared, open_devices);
    if (!result.ok()) shared->problem = std::move(result).error();
    shared->state.store(shared->problem ? State::failed : State::open, std::memory_order_release);
    changed();
  }).detach();
  return std::shared_ptr<Session>(new Session(std::move(shared), std::move(changed)));
}

void Session::begin_use() {
  CHECK(state() == State::open);
  if (summary_ == nullptr) CHECK(renew());
  lookups_ = std::make_unique<Lookups>(shared_->filesystem, changed_);
}

bool Session::renew() {
  {
    std::lock_guard lock(shared_->mutex);
    if (shared_->next_summary != nullptr) {
      summary_ = std::move(shared_->next_summary);
      shared_->next_summary = nullptr;
      views_ = std::make_unique<BlockViews>(shared_->filesystem, summary_->generation, changed_);
      return true;
    }
    if (shared_->is_renewing) return false;
    if (shared_->filesystem->super().generation == summary_->generation) return false;
    shared_->is_renewing = true;
  }
  start_renewal();
  return false;
}

void Session::start_renewal() {
  std::thread([shared = shared_, before = summary_, changed = changed_] {
    const u64 generation = shared->filesystem->super().generation;
    auto summary = summarize(*shared->filesystem);
    std::shared_ptr<ImageSummary> next;
    if (summary.ok()) {
      next = std::make_shared<ImageSummary>(std::move(summary).value());
    } else {
      // What is known stays on the page, and says so.
      next = std::make_shared<ImageSummary>(*before);
      next->generation = generation;
      next->warnings.push_back(
          fmt::format("The changed filesystem could not be read: {}", summary.error().to_string()));
    }
    {
      std::lock_guard lock(shared->mutex);
      shared->next_summary = std::move(next);
      shared->is_renewing = false;
    }
    changed();
  }).detach();
}

// Jobs that overlap share a trace.
std::shared_ptr<Trace> Session::trace_of_job() {
  if (trace_ == nullptr || (!is_sending() && !is_balancing())) {
    trace_ = std::make_shared<Trace>(traced_events);
    traced_sends_ = 0;
  }
  return trace_->buffers().size() < traced_threads ? trace_ : nullptr;
}

Result<std::shared_ptr<SendJob>> Session::send(const SendRequest& request,
                                               std::shared_ptr<StreamFile> file, bool hashed) {
  auto trace = trace_of_job();
  ++traced_sends_;
  return SendJob::start(shared_->filesystem, request, std::move(file), changed_, sending_, hashed,
                        std::move(trace),
                        traced_sends_ == 1 ? "send" : fmt::format("send {}", traced_sends_));
}

Result<std::shared_ptr<CheckJob>> Session::check(const SendRequest& request) {
  if (is_balancing()) {
    return error(Code::would_block, "a balance is running: check when it has ended");
  }
  auto job = CheckJob::start(shared_->filesystem, request, changed_);
  check_ = job;
  return job;
}

Result<std::shared_ptr<BalanceJob>> Session::balance(const BalanceRequest& request, bool dry_run,
                                                     bool while_sending) {
  if (is_balancing()) return error(Code::would_block, "a balance is running already");
  if (shared_->filesystem->is_earlier_commit() || shared_->opening.choice.filesystem.super_copy) {
    return error(Code::unsupported,
                 "the filesystem is shown as an earlier commit left it: open its last commit to "
                 "balance it");
  }
  if (auto checking = check_.lock(); checking != nullptr && !has_ended(checking->state())) {
    return error(Code::would_block, "a stream is being checked: balance when that has ended");
  }
  if (auto saving = image_.lock(); saving != nullptr && !has_ended(saving->state())) {
    return error(Code::would_block, "the changed image is being saved: balance when it is there");
  }
  if (auto checking = consistency_.lock(); checking != nullptr && !checking->snapshot().ended()) {
    return error(Code::would_block, "the filesystem is being checked: balance when that has ended");
  }
  std::function<bool()> again;
  if (while_sending) again = [sending = sending_] { return sending->load() > 0; };
  auto job = BalanceJob::start(shared_->filesystem, request, dry_run, changed_, std::move(again),
                               dry_run ? nullptr : trace_of_job());
  balance_ = job;
  return job;
}

Result<std::shared_ptr<StepJob>> Session::step(const StepRequest& request) {
  if (shared_->filesystem->is_earlier_commit() || shared_->opening.choice.filesystem.super_copy) {
    return error(Code::unsupported,
                 "the filesystem is shown as an earlier commit left it: open its last commit to "
                 "step a send beside a balance");
  }
  std::vector<std::shared_ptr<Device>> bases;
  for (const OverlayDevice* overlay : shared_->overlays)
    bases.push_back(overlay->shared_base());
  return StepJob::start(std::move(bases), request, changed_);
}

Result<std::shared_ptr<ConsistencyJob>> Session::check_consistency(bool with_data) {
  if (is_balancing()) {
    return error(Code::would_block, "a balance is running: check when it has ended");
  }
  auto job = ConsistencyJob::start(shared_->filesystem, with_data, changed_);
  consistency_ = job;
  return job;
}

std::shared_ptr<ExportJob> Session::export_files(ExportRequest request,
                                                 std::shared_ptr<StreamFile> file) {
  return ExportJob::start(shared_->filesystem, std::move(request), std::move(file), changed_);
}

Result<std::shared_ptr<ImageJob>> Session::save_image(std::shared_ptr<StreamFile> file,
                                                      bool whole) {
  if (is_balancing()) {
    file->discard();
    return error(Code::would_block,
                 "a balance is running: the image can be saved when it has ended or was cancelled");
  }
  auto job =
      ImageJob::start(shared_->filesystem, shared_->overlays, whole, std::move(file), changed_);
  image_ = job;
  return job;
}

u64 Session::changed_bytes() const {
  u64 bytes = 0;
  for (const OverlayDevice* overlay : shared_->overlays)
    bytes += overlay->changed_bytes();
  return bytes;
}

bool Session::is_balancing() const {
  const auto job = balance_.lock();
  return job != nullptr && !job->snapshot().ended();
}

}  // namespace canopy
