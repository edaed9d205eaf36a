#include "support/crash_replay.h"

#include <algorithm>

#include "support/must.h"

namespace canopy {
namespace {

JournaledDisks::Devices layer_over(const std::vector<std::unique_ptr<OverlayDevice>>& disks) {
  JournaledDisks::Devices devices;
  for (const auto& disk : disks)
    devices.push_back(std::make_unique<OverlayDevice>(std::make_unique<BorrowedDevice>(*disk)));
  return devices;
}

}  // namespace

CrashReplay::CrashReplay(const JournaledDisks& journal) : events_(journal.events()) {
  for (Device* base : journal.bases())
    disks_.push_back(std::make_unique<OverlayDevice>(std::make_unique<BorrowedDevice>(*base)));
  unflushed_.resize(disks_.size());
}

bool CrashReplay::next() {
  while (next_ < events_.size()) {
    const JournalEvent& event = events_[next_++];
    auto& waiting = unflushed_[event.disk];
    if (!event.is_flush) {
      waiting.push_back(next_ - 1);
      continue;
    }
    for (std::size_t write : waiting)
      must(disks_[event.disk]->write(events_[write].offset, events_[write].bytes));
    waiting.clear();
    return true;
  }
  return false;
}

JournaledDisks::Devices CrashReplay::flushed() const { return layer_over(disks_); }

JournaledDisks::Devices CrashReplay::torn(Random& random) const {
  JournaledDisks::Devices devices = layer_over(disks_);
  // How likely a sector is to survive differs from crash to crash.
  const u64 chance = random.below(u64{101});
  auto tear = [&](const JournalEvent& event) {
    for (u64 at = 0; at < event.bytes.size(); at += SECTOR) {
      if (random.below(u64{100}) >= chance) continue;
      auto first = static_cast<std::size_t>(at);
      auto length = std::min<std::size_t>(SECTOR, event.bytes.size() - first);
      must(
          devices[event.disk]->write(event.offset + at, Bytes(event.bytes).subspan(first, length)));
    }
  };
  for (const auto& waiting : unflushed_)
    for (std::size_t write : waiting)
      tear(events_[write]);
  for (std::size_t i = next_; i < events_.size() && !events_[i].is_flush; ++i)
    tear(events_[i]);
  return devices;
}

}  // namespace canopy
