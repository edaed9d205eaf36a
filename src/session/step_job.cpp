#include "session/step_job.h"

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "checksum/sha256_stream.h"
#include "device/overlay.h"

namespace canopy {

namespace {

// How often those who watch are told while the run moves.
constexpr std::chrono::milliseconds look_every{60};
// Of the filesystem that a run works on. Where addresses have 32 bits they are few.
constexpr u64 most_changes = sizeof(void*) == 4 ? u64{512} << 20 : ~u64{0};
constexpr u64 cache_bytes = u64{16} << 20;
constexpr std::size_t events_per_thread = std::size_t{1} << 14;

// Keeps the length and the hash of a stream, and its bytes while they are no more than `most`.
class HashSink final : public Sink {
 public:
  explicit HashSink(u64 most = 0) : most_(most) {}

  Result<void> write(std::span<const Bytes> pieces) override {
    for (const Bytes piece : pieces) {
      sha_.update(piece);
      if (bytes() + piece.size() <= most_) {
        kept_.insert(kept_.end(), piece.begin(), piece.end());
      } else {
        kept_ = {};
        most_ = 0;
      }
      bytes_.fetch_add(piece.size(), std::memory_order_relaxed);
    }
    return {};
  }
  u64 bytes() const { return bytes_.load(std::memory_order_relaxed); }
  std::string finish() { return sha_.finish_hex(); }
  // Once; nullptr if it is longer.
  std::shared_ptr<const std::vector<u8>> take_kept() {
    if (most_ == 0) return nullptr;
    return std::make_shared<const std::vector<u8>>(std::move(kept_));
  }

 private:
  Sha256 sha_;
  u64 most_;
  std::vector<u8> kept_;
  std::atomic<u64> bytes_{0};
};

struct Case final : ControlledCase {
  Case() : trace(std::make_shared<Trace>(events_per_thread, true)) {}
  Filesystem& filesystem() override { return *opened; }
  void cancel() override { progress.cancelled = true; }

  std::unique_ptr<Filesystem> opened;
  SendProgress progress;
  HashSink sink{StepJob::most_stream_bytes};
  std::shared_ptr<Trace> trace;
};

}  // namespace

std::string_view step_verdict_name(StepVerdict verdict) {
  static constexpr std::array<std::string_view, 6> names = {"",        "equal",    "different",
                                                            "problem", "deadlock", "refused"};
  return names[static_cast<std::size_t>(verdict)];
}

// What the page's thread and the job's share.
struct StepJob::Shared {
  using Command = std::function<Result<void>()>;

  std::vector<std::shared_ptr<Device>> bases;
  SendRequest request;
  std::function<void()> changed;
  SendProgress alone;

  // Of the job's thread.
  std::unique_ptr<ControlledRun> run;
  Case* work = nullptr;  // of the run, until another one begins
  InterplaySettings settings;
  std::string hash;             // of the run that has ended
  u64 space_commits = ~u64{0};  // after how many the address space was looked at

  mutable std::mutex mutex;  // of what follows
  std::condition_variable news;
  std::deque<Command> commands;
  u64 commands_given = 0;
  bool wants_pause = false;
  bool ended = false;
  StepSnapshot seen;
  // A copy of it, made when somebody asks for the first time since it changed.
  mutable StepSnapshotPtr shown;
  std::vector<Scheduler::Step> steps;
  std::vector<std::string> threads;
  std::shared_ptr<const Trace> trace;
  std::shared_ptr<const std::vector<u8>> whole;  // the stream of the run that has ended

  void work_through();
  Result<std::unique_ptr<Filesystem>> open() const;
  Result<void> send_alone();
  Result<std::unique_ptr<ControlledCase>> prepare();
  Result<void> begin();
  Result<void> load(const std::string& schedule);
  void await_standing();
  void look();
  void look_at_filesystem(const ControlledSnapshot& snapshot);
  void tell(const Result<void>& done, u64 commands_done);
  Command next_command();
  StepVerdict judge(const ControlledSnapshot& snapshot) const;
  u64 give(Command command);
};

Result<std::unique_ptr<Filesystem>> StepJob::Shared::open() const {
  std::vector<std::unique_ptr<Device>> devices;
  for (const std::shared_ptr<Device>& base : bases)
    devices.push_back(std::make_unique<OverlayDevice>(base, most_changes / bases.size()));
  OpenOptions options;
  options.cache_bytes = cache_bytes;
  return Filesystem::open(std::move(devices), options);
}

Result<void> StepJob::Shared::send_alone() {
  auto filesystem = TRY(open());
  HashSink sink;
  TRY(send_subvolume(*filesystem, request, sink, &alone));
  std::lock_guard lock(mutex);
  seen.alone_bytes = sink.bytes();
  seen.alone_sha256 = sink.finish();
  shown = nullptr;
  return {};
}

Result<std::unique_ptr<ControlledCase>> StepJob::Shared::prepare() {
  work = nullptr;
  auto made = std::make_unique<Case>();
  made->opened = TRY(open());
  made->opened->forest().set_protections(settings.protections);
  TRY(settings.apply(made->request));
  InterplayStream& stream = made->request.streams.emplace_back();
  stream.sink = &made->sink;
  stream.pipe_bytes = to_size(settings.pipe_bytes);
  stream.make = [this, filesystem = made->opened.get(),
                 progress = &made->progress](Sink& pipe) -> Result<void> {
    TRY(send_subvolume(*filesystem, request, pipe, progress));
    return {};
  };
  TRY(settings.apply_dedupe(*made->opened, made->request));
  made->request.trace = made->trace.get();
  work = made.get();
  hash.clear();
  space_commits = ~u64{0};
  std::lock_guard lock(mutex);
  trace = made->trace;
  threads = thread_names(made->request);
  steps.clear();
  whole = nullptr;
  return std::unique_ptr<ControlledCase>(std::move(made));
}

Result<void> StepJob::Shared::begin() {
  work = nullptr;
  run.reset();
  run = TRY(ControlledRun::start([this] { return prepare(); }));
  return {};
}

Result<void> StepJob::Shared::load(const std::string& schedule) {
  const SavedSchedule saved = TRY(SavedSchedule::parse(schedule));
  settings = TRY(InterplaySettings::of(saved));
  TRY(begin());
  return run->load(saved.choices);
}

StepVerdict StepJob::Shared::judge(const ControlledSnapshot& snapshot) const {
  if (snapshot.state != ControlledSnapshot::State::ended) return StepVerdict::none;
  if (snapshot.problem.starts_with("deadlock")) return StepVerdict::deadlock;
  if (!snapshot.problem.empty()) return StepVerdict::problem;
  if (snapshot.outcome.whole.empty() || !snapshot.outcome.whole[0]) return StepVerdict::refused;
  return hash == seen.alone_sha256 ? StepVerdict::equal : StepVerdict::different;
}

// What the threads keep and what they did to the address space. REQUIRES: they stand, or have
// ended.
void StepJob::Shared::look_at_filesystem(const ControlledSnapshot& snapshot) {
  if (work == nullptr) return;
  Filesystem& filesystem = *work->opened;
  auto kept =
      std::make_shared<const KeptViews>(look_at_kept(filesystem, work->trace->clock().look()));
  std::shared_ptr<const SpaceView> space;
  std::shared_ptr<const ExtentsView> extents;
  if (space_commits != snapshot.commits) {
    space_commits = snapshot.commits;
    space = std::make_shared<const SpaceView>(look_at_space(filesystem));
    extents = std::make_shared<const ExtentsView>(look_at_extents(filesystem, *space));
  }
  std::lock_guard lock(mutex);
  seen.kept = std::move(kept);
  if (space != nullptr) seen.space = std::move(space);
  if (extents != nullptr) seen.extents = std::move(extents);
}

// Copies what is to be seen.
void StepJob::Shared::look() {
  if (run == nullptr) return;
  ControlledSnapshot snapshot = run->snapshot();
  using State = ControlledSnapshot::State;
  const bool has_ended = snapshot.state == State::ended;
  const bool just_ended = has_ended && work != nullptr && hash.empty();
  if (just_ended) hash = work->sink.finish();
  if (snapshot.state != State::moving) look_at_filesystem(snapshot);
  std::lock_guard lock(mutex);
  if (snapshot.state == State::moving) seen.kept = std::make_shared<const KeptViews>();
  const auto more = run->steps(steps.size());
  steps.insert(steps.end(), more.begin(), more.end());
  seen.state = has_ended                         ? StepSnapshot::State::ended
               : snapshot.state == State::moving ? StepSnapshot::State::moving
                                                 : StepSnapshot::State::standing;
  seen.settings = settings;
  seen.bytes = work == nullptr ? 0 : work->sink.bytes();
  seen.sha256 = hash;
  seen.verdict = judge(snapshot);
  const bool is_whole =
      seen.verdict == StepVerdict::equal || seen.verdict == StepVerdict::different;
  if (just_ended && is_whole) whole = work->sink.take_kept();
  seen.run = std::move(snapshot);
  ++seen.version;
  shown = nullptr;
}

// While the run moves it is watched, and can be told to stand.
void StepJob::Shared::await_standing() {
  while (run != nullptr && !run->wait_for(look_every)) {
    look();
    changed();
    std::lock_guard lock(mutex);
    if (std::exchange(wants_pause, false) || ended) run->pause();
    if (ended) return;
  }
}

void StepJob::Shared::work_through() {
  auto done = send_alone();
  if (done.ok()) done = begin();
  for (u64 commands_done = 0;; ++commands_done) {
    if (done.ok()) await_standing();
    look();
    tell(done, commands_done);
    changed();
    const Command command = next_command();
    if (command == nullptr) break;
    done = command();
  }
  work = nullptr;
  run.reset();
}

void StepJob::Shared::tell(const Result<void>& done, u64 commands_done) {
  std::lock_guard lock(mutex);
  seen.problem = done.ok() ? "" : done.error().to_string();
  if (run == nullptr) seen.state = StepSnapshot::State::failed;
  seen.done = commands_done;
  ++seen.version;
  shown = nullptr;
}

StepJob::Shared::Command StepJob::Shared::next_command() {
  std::unique_lock lock(mutex);
  news.wait(lock, [&] { return ended || !commands.empty(); });
  if (ended) return nullptr;
  Command command = std::move(commands.front());
  commands.pop_front();
  return command;
}

u64 StepJob::Shared::give(Command command) {
  std::lock_guard lock(mutex);
  commands.push_back(std::move(command));
  wants_pause = false;
  news.notify_all();
  // Until somebody looks at it, it does not stand any more.
  if (seen.state == StepSnapshot::State::standing) seen.state = StepSnapshot::State::moving;
  shown = nullptr;
  return ++commands_given;
}

std::shared_ptr<StepJob> StepJob::start(std::vector<std::shared_ptr<Device>> bases,
                                        const StepRequest& request, std::function<void()> changed) {
  auto shared = std::make_shared<Shared>();
  shared->bases = std::move(bases);
  shared->request = request.send;
  shared->settings = shared->seen.settings = request.settings;
  shared->changed = std::move(changed);
  std::thread([shared] { shared->work_through(); }).detach();
  return std::shared_ptr<StepJob>(new StepJob(std::move(shared)));
}

StepJob::~StepJob() {
  shared_->alone.cancelled = true;
  std::lock_guard lock(shared_->mutex);
  shared_->ended = true;
  shared_->news.notify_all();
}

u64 StepJob::step(std::string thread) {
  return shared_->give([shared = shared_.get(), thread = std::move(thread)]() -> Result<void> {
    if (shared->run == nullptr) return error(Code::invalid, "there is no run");
    return shared->run->step(thread);
  });
}

u64 StepJob::run(Until until, std::optional<u64> seed) {
  return shared_->give([shared = shared_.get(), until, seed]() -> Result<void> {
    if (shared->run == nullptr) return error(Code::invalid, "there is no run");
    return shared->run->run(until, seed);
  });
}

u64 StepJob::rewind(u64 steps) {
  return shared_->give([shared = shared_.get(), steps]() -> Result<void> {
    if (shared->run == nullptr) return error(Code::invalid, "there is no run");
    return shared->run->rewind(steps);
  });
}

u64 StepJob::load(std::string schedule) {
  return shared_->give(
      [shared = shared_.get(), schedule = std::move(schedule)] { return shared->load(schedule); });
}

u64 StepJob::set(const InterplaySettings& settings) {
  return shared_->give([shared = shared_.get(), settings] {
    shared->settings = settings;
    return shared->begin();
  });
}

void StepJob::pause() {
  std::lock_guard lock(shared_->mutex);
  shared_->wants_pause = true;
}

StepSnapshotPtr StepJob::snapshot() const {
  std::lock_guard lock(shared_->mutex);
  if (shared_->shown == nullptr)
    shared_->shown = std::make_shared<const StepSnapshot>(shared_->seen);
  return shared_->shown;
}

std::string StepJob::schedule() const {
  SavedSchedule saved;
  std::lock_guard lock(shared_->mutex);
  shared_->seen.settings.save(saved);
  saved.choices = schedule_text(shared_->steps, shared_->threads);
  return saved.text();
}

std::shared_ptr<const Trace> StepJob::trace() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->trace;
}

std::shared_ptr<const std::vector<u8>> StepJob::stream() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->whole;
}

const SendRequest& StepJob::request() const { return shared_->request; }

}  // namespace canopy
