// The clones of tree blocks that sends keep at the moment, each beside what lies at its address
// now: that they differ, because a relocation has moved the block and its address was given again,
// is what clones are for. Plain values.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "filesystem/filesystem.h"

namespace canopy {

struct KeptView {
  u64 logical = 0;  // of the block when it was cloned
  u64 generation = 0;
  u64 owner = 0;
  u8 level = 0;
  u32 items = 0;
  u64 name = 0;     // its address in the image as it was opened (tree/renaming.h)
  u64 address = 0;  // where the block is now
  u64 transid = 0;  // of the last commit when it was cloned
  u64 age_ns = 0;   // since it was cloned; of a controlled run a step is 1000
  std::shared_ptr<const std::vector<u8>> bytes;
  // What lies at `logical` now: nullptr where no chunk maps that any more, or it cannot be read.
  std::shared_ptr<const std::vector<u8>> live;
  std::string live_problem;
  u64 live_generation = 0;
  // Ranges of bytes that are not the same, ascending, at most most_ranges.
  std::vector<std::pair<u32, u32>> different;
  u32 different_bytes = 0;

  bool is_moved() const { return address != logical; }
  static constexpr std::size_t most_ranges = 512;
};

using KeptViews = std::vector<KeptView>;

// The ranges [begin, end) in which the two differ, and how many bytes of them do. What is near to
// the one before is joined to it, beyond `most` ranges everything.
std::vector<std::pair<u32, u32>> different_ranges(Bytes a, Bytes b, std::size_t most,
                                                  u32& different_bytes);

// Reads. `now` is on the clock of the trace. REQUIRES: the commit root semaphore is held, or nobody
// moves.
KeptViews look_at_kept(Filesystem& filesystem, u64 now);

struct KeptKey {
  u64 moment = 0;  // another one to look again
  friend bool operator==(const KeptKey&, const KeptKey&) = default;
};

// Takes the semaphore. Beside free threads.
KeptViews watch_kept(Filesystem& filesystem, const KeptKey& key);

}  // namespace canopy
