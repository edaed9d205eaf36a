// One send that runs: its threads and what can be seen of them.
//
//   send --> pipe of blocks --> store --> StreamFile
//                  |----------> SHA-256
//
// The send thread makes commands and waits when the pipe is full; the store thread notes where
// each command is and appends to the file; a third thread hashes. A send that takes longer than a
// moment is measured beside it (send/send.h), if that goes faster, and its progress is exact from
// then on. Pausing stops the store thread, and with it, a pipe later, the send. Memory does not
// depend on the size of the stream.
//
// snapshot() may be asked for by any thread at any time; nobody ever waits for the job.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "concurrency/block_pipe.h"
#include "send/send.h"
#include "session/command_source.h"
#include "session/job_state.h"
#include "session/stream_file.h"
#include "trace/trace.h"

namespace canopy {

struct SendJobSnapshot {
  JobState state = JobState::running;
  u64 bytes = 0;
  u64 commands = 0;
  // How often it had to look again because a balance beside it had committed.
  u64 restarts = 0;
  // How long the stream will be, once that was measured.
  std::optional<u64> total_bytes;
  // How far the send is, 0 to 1: exact if the total is known, otherwise an estimate.
  double fraction = 0;
  double seconds = 0;                  // that it ran, without pauses
  std::optional<double> seconds_left;  // once there is something to judge by
  u32 protocol = 0;
  std::string sha256;   // of the whole stream, in hex; when done, if it is hashed
  std::string problem;  // when failed: what, where, in one line
  Code problem_code = Code::io;

  bool ended() const { return has_ended(state); }
};

class SendJob final : public CommandSource {
 public:
  // Starts the threads. `filesystem` stays open as long as they run, even if the job is dropped;
  // dropping it cancels. `changed` is called by a thread when the job has ended; how far it
  // is meanwhile is for those to ask who look.
  // `running` is counted up until the send no longer reads the filesystem. Without `hashed` there
  // is no SHA-256, which takes longer than all else.
  // The threads record in `trace`, if there is one, as `name` and what follows it.
  static std::shared_ptr<SendJob> start(std::shared_ptr<Filesystem> filesystem,
                                        const SendRequest& request,
                                        std::shared_ptr<StreamFile> file,
                                        std::function<void()> changed,
                                        std::shared_ptr<std::atomic<u32>> running, bool hashed,
                                        std::shared_ptr<Trace> trace = nullptr,
                                        std::string name = "send");
  ~SendJob() override;

  void pause();
  void resume();
  // The file is discarded, soon.
  void cancel();

  SendJobSnapshot snapshot() const;
  const SendRequest& request() const;
  const CommandIndex& index() const override;
  u64 stored_bytes() const override;
  // How full the pipe is, 0 to 1.
  double pipe_fill() const;
  Result<void> read_stream(u64 offset, MutableBytes out) const override;

 private:
  struct Shared;
  explicit SendJob(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

}  // namespace canopy
