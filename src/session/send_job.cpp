#include "session/send_job.h"

#include <thread>

#include "checksum/sha256_stream.h"

namespace canopy {

namespace {

constexpr std::chrono::milliseconds measure_after{700};
// By then, a measurement that will be of use has gone past the send.
constexpr std::chrono::seconds measured_ahead_after{2};

// A block is a good write of a file; there are some, so that nobody waits for a slower neighbour
// all the time.
constexpr std::size_t block_size = std::size_t{1} << 20;
constexpr u32 block_count = 8;
enum : u32 { storing, hashing };  // the readers of the pipe

class BlockSink final : public Sink {
 public:
  explicit BlockSink(BlockPipe& pipe) : pipe_(pipe) {}
  Result<void> write(std::span<const Bytes> pieces) override { return pipe_.write(pieces); }

 private:
  BlockPipe& pipe_;
};

}  // namespace

// What the threads share; lives until the last of them has ended.
struct SendJob::Shared {
  Shared(const SendRequest& wanted, bool with_hash)
      : request(wanted), hashed(with_hash), pipe(block_size, block_count, with_hash ? 2 : 1) {}

  std::shared_ptr<Filesystem> filesystem;
  const SendRequest request;
  const bool hashed;
  std::shared_ptr<StreamFile> file;
  std::function<void()> changed;
  std::shared_ptr<std::atomic<u32>> running;
  std::shared_ptr<Trace> trace;
  std::string name;

  BlockPipe pipe;
  SendProgress progress;
  CommandIndex index;
  std::atomic<u64> stored{0};
  SendProgress measuring;
  std::atomic<bool> measures{false};                      // has begun
  std::chrono::steady_clock::time_point measuring_began;  // then
  std::atomic<u64> total{0};                              // 0: not measured

  mutable std::mutex mutex;  // of what follows
  std::condition_variable resumed;
  JobState state = JobState::running;
  std::optional<Error> send_problem;
  std::string problem;
  Code problem_code = Code::io;
  std::string sha256;
  bool ended = false;
  u32 protocol = 0;
  JobClock clock;

  void leave_running(JobState next) {
    clock.stop();
    state = next;
  }

  void send();
  void hash();
  void measure();
  void stop_measuring_in_vain();
  void store();
  Result<void> store_all();
  Result<void> wait_while_paused();
  void end(const Result<void>& stored_all);
};

void SendJob::Shared::send() {
  const Trace::Thread recording(trace.get(), name);
  BlockSink sink(pipe);
  auto summary = send_subvolume(*filesystem, request, sink, &progress);
  {
    std::lock_guard lock(mutex);
    if (summary.ok()) {
      protocol = summary.value().protocol;
    } else {
      send_problem = std::move(summary).error();
    }
  }
  pipe.close();
}

void SendJob::Shared::hash() {
  Sha256 sha;
  for (;;) {
    auto block = pipe.read(hashing);
    if (!block.ok()) return;
    if (block.value() == nullptr) break;
    sha.update(*block.value());
  }
  std::string text = sha.finish_hex();
  std::lock_guard lock(mutex);
  sha256 = std::move(text);
}

void SendJob::Shared::measure() {
  {
    std::unique_lock lock(mutex);
    if (resumed.wait_for(lock, measure_after, [&] { return ended; })) return;
  }
  measuring_began = std::chrono::steady_clock::now();
  measures = true;
  auto measured = measure_send(*filesystem, request, &measuring);
  if (measured.ok()) total = measured.value().bytes;
}

// Where there is little data for much of metadata, both read the same at the same speed, and who is
// behind only takes from the other.
void SendJob::Shared::stop_measuring_in_vain() {
  if (!measures || measuring.cancelled) return;
  if (std::chrono::steady_clock::now() - measuring_began < measured_ahead_after) return;
  if (measuring.millionths < progress.millionths) measuring.cancelled = true;
}

Result<void> SendJob::Shared::wait_while_paused() {
  std::unique_lock lock(mutex);
  resumed.wait(lock, [&] { return state != JobState::paused; });
  if (state == JobState::cancelled) return error(Code::cancelled, "cancelled");
  return {};
}

Result<void> SendJob::Shared::store_all() {
  for (;;) {
    const BlockPipe::BlockPtr block = TRY(pipe.read(storing));
    // Who pauses or cancels while this waited for bytes means these too.
    TRY(wait_while_paused());
    if (block == nullptr) break;
    TraceSpan span(TraceKind::receive, block->size());
    TRY(index.append(*block));
    TRY(file->append(*block));
    stored.fetch_add(block->size());
    stop_measuring_in_vain();
  }
  std::lock_guard lock(mutex);
  if (send_problem) return *send_problem;
  return {};
}

void SendJob::Shared::store() {
  const Trace::Thread recording(trace.get(), name + ".store");
  std::thread sender([&] { send(); });
  std::thread hasher;
  if (hashed) hasher = std::thread([&] { hash(); });
  std::thread measurer([&] { measure(); });
  Result<void> result = store_all();
  if (!result.ok()) {
    progress.cancelled = true;
    pipe.break_off();
  }
  {
    std::lock_guard lock(mutex);
    ended = true;
    resumed.notify_all();
  }
  measuring.cancelled = true;
  sender.join();
  if (hashed) hasher.join();
  measurer.join();
  running->fetch_sub(1);
  if (result.ok()) result = file->finish();
  end(result);
}

void SendJob::Shared::end(const Result<void>& stored_all) {
  if (!stored_all.ok()) file->discard();
  {
    std::lock_guard lock(mutex);
    if (stored_all.ok()) {
      leave_running(JobState::done);
    } else if (state == JobState::cancelled || stored_all.error().code() == Code::cancelled) {
      leave_running(JobState::cancelled);
    } else {
      leave_running(JobState::failed);
      problem = stored_all.error().to_string();
      problem_code = stored_all.error().code();
    }
  }
  filesystem.reset();
  changed();
}

std::shared_ptr<SendJob> SendJob::start(std::shared_ptr<Filesystem> filesystem,
                                        const SendRequest& request,
                                        std::shared_ptr<StreamFile> file,
                                        std::function<void()> changed,
                                        std::shared_ptr<std::atomic<u32>> running, bool hashed,
                                        std::shared_ptr<Trace> trace, std::string name) {
  auto shared = std::make_shared<Shared>(request, hashed);
  shared->filesystem = std::move(filesystem);
  shared->file = std::move(file);
  shared->changed = std::move(changed);
  shared->running = std::move(running);
  shared->trace = std::move(trace);
  shared->name = std::move(name);
  shared->running->fetch_add(1);
  std::thread([shared] { shared->store(); }).detach();
  return std::shared_ptr<SendJob>(new SendJob(std::move(shared)));
}

SendJob::~SendJob() { cancel(); }

void SendJob::pause() {
  std::lock_guard lock(shared_->mutex);
  if (shared_->state == JobState::running) shared_->leave_running(JobState::paused);
}

void SendJob::resume() {
  std::lock_guard lock(shared_->mutex);
  if (shared_->state != JobState::paused) return;
  shared_->state = JobState::running;
  shared_->clock.go_on();
  shared_->resumed.notify_all();
}

void SendJob::cancel() {
  {
    std::lock_guard lock(shared_->mutex);
    if (shared_->state != JobState::running && shared_->state != JobState::paused) return;
    shared_->leave_running(JobState::cancelled);
    shared_->resumed.notify_all();
  }
  shared_->progress.cancelled = true;
  shared_->pipe.break_off();
}

SendJobSnapshot SendJob::snapshot() const {
  SendJobSnapshot snapshot;
  std::lock_guard lock(shared_->mutex);
  snapshot.state = shared_->state;
  snapshot.bytes = shared_->stored.load();
  snapshot.commands = shared_->index.count();
  snapshot.restarts = shared_->progress.restarts.load();
  snapshot.seconds = shared_->clock.seconds();
  snapshot.protocol = shared_->index.version();
  snapshot.problem = shared_->problem;
  snapshot.problem_code = shared_->problem_code;
  if (const u64 total = shared_->total.load(); total != 0) snapshot.total_bytes = total;
  if (snapshot.state == JobState::done) {
    snapshot.fraction = 1;
  } else if (snapshot.total_bytes) {
    snapshot.fraction =
        static_cast<double>(snapshot.bytes) / static_cast<double>(*snapshot.total_bytes);
  } else {
    snapshot.fraction = shared_->progress.millionths.load() / 1e6;
  }
  if (snapshot.state != JobState::done) snapshot.fraction = std::min(snapshot.fraction, 0.999);
  if (snapshot.state == JobState::done) snapshot.sha256 = shared_->sha256;
  // The first moments say little about the rest.
  if (!snapshot.ended() && snapshot.fraction > 0.01 && snapshot.seconds > 1) {
    snapshot.seconds_left = snapshot.seconds / snapshot.fraction * (1 - snapshot.fraction);
  }
  return snapshot;
}

const SendRequest& SendJob::request() const { return shared_->request; }

const CommandIndex& SendJob::index() const { return shared_->index; }

u64 SendJob::stored_bytes() const { return shared_->stored.load(); }

double SendJob::pipe_fill() const {
  return static_cast<double>(shared_->pipe.fill()) / static_cast<double>(shared_->pipe.capacity());
}

Result<void> SendJob::read_stream(u64 offset, MutableBytes out) const {
  const u64 there = shared_->stored.load();
  if (offset > there || out.size() > there - offset) {
    return error(Code::would_block, "this part of the stream is not stored yet");
  }
  return shared_->file->read(offset, out);
}

}  // namespace canopy
