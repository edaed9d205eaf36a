// What a run of a send beside others is set to, besides its image and its send: the same on the
// command line, in the page and in saved schedules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "concurrency/protections.h"
#include "dedupe/dedupe.h"
#include "interplay/interplay.h"
#include "interplay/saved_schedule.h"

namespace canopy {

struct InterplaySettings {
  bool balance = false;
  std::string filters;      // of data, metadata and system chunks alike; "": all chunks
  bool until_sent = false;  // the balance goes on, round and round, while the stream is made
  u64 batch_blocks = RelocationOptions().batch_blocks;
  u64 pipe_bytes = Pipe::default_capacity;
  std::optional<u64> reclaim;       // block groups of which less than so many percent is used
  std::vector<std::string> dedupe;  // subvolumes
  Rules rules = Rules::kernel_5_17;
  Protections protections;  // some may be left out in controlled runs only

  // Into the settings of a schedule, and from there. Code::invalid with the reason.
  void save(SavedSchedule& to) const;
  static Result<InterplaySettings> of(const SavedSchedule& saved);

  // Sets all but the streams and what is deduplicated. Code::invalid: filters that nobody
  // understands.
  Result<void> apply(InterplayRequest& request) const;
  // Sets what is deduplicated, if anything: subvolumes of `filesystem`, which is only read. What
  // came of it goes to `report`, borrowed, if there is one. Code::not_found with the name.
  Result<void> apply_dedupe(Filesystem& filesystem, InterplayRequest& request,
                            DedupeReport* report = nullptr) const;
};

}  // namespace canopy
