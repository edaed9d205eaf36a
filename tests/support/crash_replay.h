// Plays what JournaledDisks recorded again, flush by flush, and makes of each point the disks that
// a crash might leave: all that was flushed, and of what was not, any sectors.
#pragma once

#include "base/random.h"
#include "support/journaled_disks.h"

namespace canopy {

class CrashReplay {
 public:
  static constexpr u64 SECTOR = 4096;

  // REQUIRES of all: the journal ends after this and what it makes, and does not grow meanwhile.
  explicit CrashReplay(const JournaledDisks& journal);

  // Goes on behind the next flush; false at the end.
  bool next();
  // The disks with what was flushed up to here, and nothing else.
  JournaledDisks::Devices flushed() const;
  // The same, with some sectors of what was written since: up to the next flush anything may have
  // reached the disks or not.
  JournaledDisks::Devices torn(Random& random) const;

 private:
  const std::vector<JournalEvent>& events_;
  std::size_t next_ = 0;                             // the first event that did not happen yet
  std::vector<std::vector<std::size_t>> unflushed_;  // of each disk: writes before next_
  std::vector<std::unique_ptr<OverlayDevice>> disks_;
};

}  // namespace canopy
