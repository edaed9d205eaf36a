// A send and a balance of a tiny recorded filesystem (images/make-tiny), to be run again and again
// under the choices of a scheduler.
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "concurrency/protections.h"
#include "interplay/controlled_run.h"
#include "interplay/interplay.h"
#include "send/send.h"
#include "support/sparse_device.h"

namespace canopy {

struct TinySetup {
  std::string image;
  bool incremental = true;
  bool compressed_data = false;
  enum class Chunks : u8 { all, data, metadata } chunks = Chunks::all;
  u64 batch_blocks = 2048;
  u64 rounds = 1;
  std::size_t pipe_bytes = 0;  // 0: the send writes into memory, without a reader
  u64 commit_every_bytes = 0;
  bool discard = false;
  std::optional<Protection> without = std::nullopt;
};

// One line that says which it is; printed where a test fails.
std::string text_of(const TinySetup& setup);
inline void PrintTo(const TinySetup& setup, std::ostream* out) { *out << text_of(setup); }

struct TinyRun {
  std::vector<u8> stream;
  std::string problem;   // "" if everything came to its end
  std::string collapse;  // of the scheduler: a deadlock, with who waits for whom
  std::string schedule;
  u64 restarts = 0;
  u64 commits = 0;
  InterplayOutcome outcome;
  std::string check;  // what a check of the filesystem finds afterwards; only where it was adjusted
};

class TinyInterplay {
 public:
  explicit TinyInterplay(TinySetup setup);

  // `adjust` may change what is asked for.
  using Adjust = std::function<void(InterplayRequest&)>;
  TinyRun run(Scheduler::Chooser& chooser, Trace* trace = nullptr, const Adjust& adjust = {}) const;
  // The same, to be stepped. The stream of the case that was prepared last is in `stream`.
  ControlledRun::Prepare stepped(MemorySink& stream) const;
  // What is wrong with a run; "" if it came to its end with the stream that is made alone.
  std::string fault_of(const TinyRun& run) const;
  const std::vector<u8>& alone() const { return alone_; }
  const TinySetup& setup() const { return setup_; }
  // The names of the threads, as schedules have them.
  std::vector<std::string> thread_names() const;

 private:
  static std::unique_ptr<Filesystem> open(std::unique_ptr<Device> device);
  SendRequest request() const;
  // The send into `sink` beside the balance.
  InterplayRequest interplay(Filesystem& filesystem, MemorySink& sink,
                             SendProgress& progress) const;

  TinySetup setup_;
  std::unique_ptr<SparseDevice> device_;
  std::vector<u8> alone_;
};

// All the images, sent in full and incrementally.
std::vector<TinySetup> tiny_setups();

// Whether everything is to be run, however long it takes (CANOPY_LONG is set).
bool is_long_run();

}  // namespace canopy
