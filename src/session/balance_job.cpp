#include "session/balance_job.h"

#include <algorithm>
#include <mutex>
#include <thread>

namespace canopy {

// What the thread shares with those who look; lives until the thread has ended.
struct BalanceJob::Shared {
  std::shared_ptr<Filesystem> filesystem;
  BalanceRequest request;
  bool dry_run = false;
  std::function<void()> changed;
  std::function<bool()> again;
  std::shared_ptr<Trace> trace;
  RelocationControl control;

  mutable std::mutex mutex;  // of what follows
  JobState state = JobState::running;
  JobClock clock;
  std::optional<BalancePlan> plan;
  std::vector<BalancedChunk> chunks;
  u64 done_bytes = 0;  // in chunks that are done
  u64 without_space = 0;
  u64 rounds = 0;
  std::string problem;

  Result<void> run();
  void note(const BalancedChunk& chunk);
  void end(const Result<void>& result);
};

Result<void> BalanceJob::Shared::run() {
  FilesystemWriter& writer = *TRY(filesystem->writer());
  // Of the changes in memory only what is in use is kept.
  writer.set_discard(true);
  BalancePlan planned = TRY(plan_balance(writer, request));
  {
    std::lock_guard lock(mutex);
    plan = std::move(planned);
    if (dry_run) chunks = plan->chunks;
  }
  changed();
  if (dry_run) return {};
  TRY(control.between_batches());
  for (;;) {
    const BalanceReport report = TRY(
        balance(writer, request, {}, control, [this](const BalancedChunk& chunk) { note(chunk); }));
    {
      std::lock_guard lock(mutex);
      rounds++;
      if (again == nullptr || !again() || report.relocated == 0) return {};
    }
    planned = TRY(plan_balance(writer, request));
    std::lock_guard lock(mutex);
    plan = std::move(planned);
    chunks.clear();
    done_bytes = 0;
    without_space = 0;
  }
}

void BalanceJob::Shared::note(const BalancedChunk& chunk) {
  {
    std::lock_guard lock(mutex);
    chunks.push_back(chunk);
    done_bytes += chunk.used;
    without_space += chunk.verdict == ChunkVerdict::no_space ? 1 : 0;
  }
  changed();
}

void BalanceJob::Shared::end(const Result<void>& result) {
  {
    std::lock_guard lock(mutex);
    clock.stop();
    state = result.ok() ? JobState::done : state_after(result.error());
    if (state == JobState::failed) problem = result.error().to_string();
  }
  filesystem.reset();
  changed();
}

std::shared_ptr<BalanceJob> BalanceJob::start(std::shared_ptr<Filesystem> filesystem,
                                              const BalanceRequest& request, bool dry_run,
                                              std::function<void()> changed,
                                              std::function<bool()> again,
                                              std::shared_ptr<Trace> trace) {
  auto shared = std::make_shared<Shared>();
  shared->filesystem = std::move(filesystem);
  shared->request = request;
  shared->dry_run = dry_run;
  shared->changed = std::move(changed);
  shared->again = std::move(again);
  shared->trace = std::move(trace);
  std::thread([shared] {
    const Trace::Thread recording(shared->trace.get(), "balance");
    shared->end(shared->run());
  }).detach();
  return std::shared_ptr<BalanceJob>(new BalanceJob(std::move(shared)));
}

BalanceJob::~BalanceJob() { cancel(); }

void BalanceJob::pause() {
  std::lock_guard lock(shared_->mutex);
  if (shared_->state != JobState::running) return;
  shared_->state = JobState::paused;
  shared_->clock.stop();
  shared_->control.pause();
}

void BalanceJob::resume() {
  std::lock_guard lock(shared_->mutex);
  if (shared_->state != JobState::paused) return;
  shared_->state = JobState::running;
  shared_->clock.go_on();
  shared_->control.resume();
}

void BalanceJob::cancel() { shared_->control.cancel(); }

BalanceJobSnapshot BalanceJob::snapshot() const {
  const RelocationProgress& progress = shared_->control.progress;
  BalanceJobSnapshot snapshot;
  std::lock_guard lock(shared_->mutex);
  snapshot.state = shared_->state;
  snapshot.dry_run = shared_->dry_run;
  snapshot.chunks_expected = shared_->plan ? shared_->plan->chunks.size() : 0;
  // Of the round in hand.
  if (!shared_->dry_run)
    snapshot.chunks_relocated = shared_->chunks.size() - shared_->without_space;
  snapshot.chunks_without_space = shared_->without_space;
  snapshot.rounds = shared_->rounds;
  snapshot.current_group = snapshot.ended() ? 0 : progress.current_group.load();
  snapshot.data_bytes_moved = progress.data_bytes_moved.load();
  snapshot.extents_moved = progress.extents_moved.load();
  snapshot.commits = progress.commits.load();
  snapshot.seconds = shared_->clock.seconds();
  snapshot.problem = shared_->problem;
  if (snapshot.state == JobState::done) {
    snapshot.fraction = 1;
  } else if (shared_->plan) {
    u64 all = 0, of_current = 0;
    for (const BalancedChunk& chunk : shared_->plan->chunks) {
      all += chunk.used;
      if (chunk.logical == snapshot.current_group) of_current = chunk.used;
    }
    const u64 left = std::min(progress.group_bytes_left.load(), of_current);
    const u64 done = shared_->done_bytes + of_current - left;
    snapshot.fraction =
        std::min(static_cast<double>(done) / static_cast<double>(std::max<u64>(all, 1)), 0.999);
  }
  if (!snapshot.ended() && snapshot.fraction > 0.02 && snapshot.seconds > 1) {
    snapshot.seconds_left = snapshot.seconds / snapshot.fraction * (1 - snapshot.fraction);
  }
  return snapshot;
}

std::vector<BalancedChunk> BalanceJob::chunks() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->chunks;
}

std::optional<BalancePlan> BalanceJob::plan() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->plan;
}

}  // namespace canopy
