// A send beside a balance of which exactly one thread moves at a time: stepped by a person, run by
// a seed, replayed from a schedule, and rewound.
//
// The run works on overlays of its own over the image as it was opened, so that it changes nothing
// that the session shows, can begin anew as often as wanted, and a schedule means the same here and
// on the command line. Protections may be left out, which free threads are never allowed.
//
//   commands --> the job's thread --> ControlledRun --> its threads
//                     |
//                 snapshot, every now and then while they move, and when they stand
//
// Commands return at once and are done one after the other; what refuses one is in the snapshot. At
// the end the stream is compared with the one that is made alone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "interplay/controlled_run.h"
#include "interplay/settings.h"
#include "send/send.h"
#include "session/kept_view.h"
#include "session/space_view.h"

namespace canopy {

struct StepRequest {
  SendRequest send;
  InterplaySettings settings;
};

// What became of the stream.
enum class StepVerdict : u8 { none, equal, different, problem, deadlock, refused };
// "equal", ...; "" for none
std::string_view step_verdict_name(StepVerdict verdict);

struct StepSnapshot {
  enum class State : u8 { preparing, moving, standing, ended, failed };
  State state = State::preparing;
  InterplaySettings settings;
  ControlledSnapshot run;
  u64 bytes = 0;             // of the stream so far
  u64 alone_bytes = 0;       // of the stream that is made alone
  std::string alone_sha256;  // its hash
  std::string sha256;        // of the stream, once the run has ended
  StepVerdict verdict = StepVerdict::none;
  // While it stands: the clones that the send keeps. Never null.
  std::shared_ptr<const KeptViews> kept = std::make_shared<const KeptViews>();
  // The address space of the run's own filesystem after the last commit in which everything stood,
  // and what extents cover of it; nullptr before the first step has stood.
  std::shared_ptr<const SpaceView> space;
  std::shared_ptr<const ExtentsView> extents;
  std::string problem;  // what refused the last command, or why the job has failed; "" if nothing
  u64 version = 0;      // another one whenever something was done
  u64 done = 0;         // how many commands were
};

using StepSnapshotPtr = std::shared_ptr<const StepSnapshot>;

class StepJob {
 public:
  using Until = ControlledRun::Until;

  // `bases` are the devices as they were opened.
  static std::shared_ptr<StepJob> start(std::vector<std::shared_ptr<Device>> bases,
                                        const StepRequest& request, std::function<void()> changed);
  // Ends the run.
  ~StepJob();

  // Commands. Each gives its number: it was done once snapshot()->done is that.
  u64 step(std::string thread);
  u64 run(Until until, std::optional<u64> seed = std::nullopt);
  u64 rewind(u64 steps);
  // Of a whole schedule as it is saved, whose settings are taken over. It begins anew.
  u64 load(std::string schedule);
  // It begins anew with these settings, and stands before its first step.
  u64 set(const InterplaySettings& settings);
  // At once: who moves stands at the next point.
  void pause();

  // The last one: nothing is copied. Never null.
  StepSnapshotPtr snapshot() const;
  // The steps until now as they are saved, with the settings.
  std::string schedule() const;
  // What the threads of the run have done, a microsecond a step; another one after each rewind.
  std::shared_ptr<const Trace> trace() const;
  // The whole stream of a run that has ended; nullptr before, and where it is longer than
  // most_stream_bytes.
  std::shared_ptr<const std::vector<u8>> stream() const;
  static constexpr u64 most_stream_bytes = u64{64} << 20;
  const SendRequest& request() const;

 private:
  struct Shared;
  explicit StepJob(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  std::shared_ptr<Shared> shared_;
};

}  // namespace canopy
