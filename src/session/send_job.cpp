#include "session/send_job.h"

#include <fmt/format.h>

#include <thread>

#include "checksum/sha256_stream.h"

namespace canopy {

namespace {

constexpr std::size_t hash_pipe_size = std::size_t{4} << 20;
constexpr std::chrono::milliseconds measure_after{700};
constexpr std::size_t store_buffer_size = std::size_t{1} << 20;

}  // namespace

// What the threads share; lives until the last of them has ended.
struct SendJob::Shared {
  std::shared_ptr<Filesystem> filesystem;
  SendRequest request;
  std::shared_ptr<StreamFile> file;
  std::function<void()> changed;
  std::shared_ptr<std::atomic<u32>> running;

  Pipe pipe;
  Pipe hash_pipe{hash_pipe_size};
  SendProgress progress;
  CommandIndex index;
  std::atomic<u64> stored{0};
  SendProgress measuring;
  std::atomic<u64> total{0};  // 0: not measured

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
  void store();
  Result<void> store_all();
  Result<void> wait_while_paused();
  void end(const Result<void>& stored_all);
};

void SendJob::Shared::send() {
  PipeSink pipe_sink(pipe);
  BufferedSink sink(pipe_sink, 32 * 1024);
  auto summary = send_subvolume(*filesystem, request, sink, &progress);
  Result<void> flushed = sink.flush();
  {
    std::lock_guard lock(mutex);
    if (summary.ok()) {
      protocol = summary.value().protocol;
      if (!flushed.ok()) send_problem = std::move(flushed).error();
    } else {
      send_problem = std::move(summary).error();
    }
  }
  pipe.close();
}

void SendJob::Shared::hash() {
  Sha256 sha;
  std::vector<u8> buffer(256 * 1024);
  for (;;) {
    auto length = hash_pipe.read(buffer);
    if (!length.ok()) return;
    if (length.value() == 0) break;
    sha.update(Bytes(buffer).first(length.value()));
  }
  std::string text;
  for (const u8 byte : sha.finish())
    text += fmt::format("{:02x}", byte);
  std::lock_guard lock(mutex);
  sha256 = std::move(text);
}

void SendJob::Shared::measure() {
  {
    std::unique_lock lock(mutex);
    if (resumed.wait_for(lock, measure_after, [&] { return ended; })) return;
  }
  auto measured = measure_send(*filesystem, request, &measuring);
  if (measured.ok()) total = measured.value().bytes;
}

Result<void> SendJob::Shared::wait_while_paused() {
  std::unique_lock lock(mutex);
  resumed.wait(lock, [&] { return state != JobState::paused; });
  if (state == JobState::cancelled) return error(Code::cancelled, "cancelled");
  return {};
}

Result<void> SendJob::Shared::store_all() {
  std::vector<u8> buffer(store_buffer_size);
  for (bool at_end = false; !at_end;) {
    std::size_t fill = 0;
    // A pipe holds less than a good write; small streams are written as they are.
    while (fill < buffer.size()) {
      TRY(wait_while_paused());
      const std::size_t length = TRY(pipe.read(MutableBytes(buffer).subspan(fill)));
      at_end = length == 0;
      if (at_end) break;
      fill += length;
    }
    const Bytes bytes = Bytes(buffer).first(fill);
    if (bytes.empty()) break;
    TRY(index.append(bytes));
    TRY(hash_pipe.write(std::span(&bytes, 1)));
    TRY(file->append(bytes));
    stored.fetch_add(bytes.size());
    changed();
  }
  std::lock_guard lock(mutex);
  if (send_problem) return *send_problem;
  return {};
}

void SendJob::Shared::store() {
  std::thread sender([&] { send(); });
  std::thread hasher([&] { hash(); });
  std::thread measurer([&] { measure(); });
  Result<void> result = store_all();
  if (!result.ok()) {
    progress.cancelled = true;
    pipe.break_off();
    hash_pipe.break_off();
  } else {
    hash_pipe.close();
  }
  {
    std::lock_guard lock(mutex);
    ended = true;
    resumed.notify_all();
  }
  measuring.cancelled = true;
  sender.join();
  hasher.join();
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
                                        std::shared_ptr<std::atomic<u32>> running) {
  auto shared = std::make_shared<Shared>();
  shared->filesystem = std::move(filesystem);
  shared->request = request;
  shared->file = std::move(file);
  shared->changed = std::move(changed);
  shared->running = std::move(running);
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
