// Sends and a relocation at the same time on one filesystem. They do not know each other; each runs
// on threads of its own, and what they meet at is in the layers below: the commit root semaphore,
// the committed forest with its renaming, the block cache.
//
//   send ----> pipe ----> consumer ----> sink           for each stream
//                            | every so many bytes: a transaction (a receiver on the same
//                            filesystem)
//   balance -> transactions, round and round if wanted
//   reclaim -> transactions that nobody asked for: of block groups that have become nearly empty
//   dedupe  -> transactions that change subvolumes
//
// Every stream has the bytes that it has when it is made alone from the image as it was opened.
//
// Free running, or controlled by a scheduler: then the threads are named "balance" and, for a
// stream named N (without blanks), "N" and "N.reader"; they are added in the order of the request,
// then balance, reclaim and dedupe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "concurrency/pipe.h"
#include "concurrency/scheduler.h"
#include "filesystem/filesystem.h"
#include "interplay/rules.h"
#include "relocation/balance.h"
#include "stream/sink.h"
#include "trace/trace.h"

namespace canopy {

// One stream, from whoever makes it to its sink.
struct InterplayStream {
  std::string name = "send";
  // Writes the stream to a sink that leads into the pipe. An Error ends everything.
  std::function<Result<void>(Sink&)> make;
  Sink* sink = nullptr;                             // borrowed; called on the consumer's thread
  std::size_t pipe_bytes = Pipe::default_capacity;  // 0: no pipe and no consumer
  // The consumer is a receiver on the same filesystem, which commits a transaction whenever it has
  // read that many bytes; 0: it is not. (Needs a pipe.)
  u64 commit_every_bytes = 0;
};

struct InterplayBalance {
  BalanceRequest request;
  RelocationOptions options;
  u64 rounds = 1;                  // at least so often, each to the end
  bool until_streams_end = false;  // and again, as long as a stream is being made
  std::function<void(const BalancedChunk&)> on_chunk;
};

// What a zoned filesystem does by itself: block groups are relocated whose use was or has fallen
// below so many percent of their length (empty ones stay), as long as anything else runs.
struct InterplayReclaim {
  u64 threshold = 75;
  RelocationOptions options;
};

struct InterplayRequest {
  std::vector<InterplayStream> streams;
  Rules rules = Rules::kernel_5_17;
  bool discard = false;  // what commits free is wiped
  std::optional<InterplayBalance> balance;
  std::optional<InterplayReclaim> reclaim;
  // A deduplication; Code::would_block where it is refused. It is given what may make room where a
  // transaction has none.
  std::function<Result<void>(FilesystemWriter&, const std::function<void()>&)> dedupe;
  Trace* trace = nullptr;  // borrowed; the threads record there, under the names they have
};

struct InterplayOutcome {
  // What ended it all; the first, where several things failed.
  std::optional<Error> problem;
  std::vector<bool> whole;  // of each stream: it was made and consumed to its end
  // Who could not begin or go on because of another, and why. That ends nobody else.
  std::vector<std::string> refused;
  u64 rounds = 0;
  u64 relocated = 0;  // chunks
  u64 considered = 0;
  u64 no_space = 0;
  u64 receiver_commits = 0;
  u64 reclaimed = 0;                 // chunks
  u64 reclaims_put_off = 0;          // a rule was in the way at that time
  SemaphoreTimes commit_root_times;  // of the commit root semaphore, since it was first written to
};

// The names of the threads of a request, as schedules have them.
std::vector<std::string> thread_names(const InterplayRequest& request);

// Runs it all and returns when every thread has ended. `control` cancels and pauses the balance.
// REQUIRES: the devices can be written, if there is a balance or a receiver that commits; nobody
// else writes. In a browser: not on the main thread.
InterplayOutcome run_interplay(Filesystem& filesystem, const InterplayRequest& request,
                               RelocationControl& control, Scheduler* scheduler = nullptr);

}  // namespace canopy
