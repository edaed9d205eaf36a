// Disks that keep every write and flush in order, so that a crash at any point can be played
// (crash_replay.h). What is discarded becomes zeros.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "device/overlay.h"

namespace canopy {

struct JournalEvent {
  std::size_t disk = 0;
  bool is_flush = false;
  u64 offset = 0;
  std::vector<u8> bytes;
};

class JournaledDisks {
 public:
  using Devices = std::vector<std::unique_ptr<Device>>;

  explicit JournaledDisks(Devices bases);

  // Devices to be opened; what is written to them is kept here. REQUIRES: they end before this.
  Devices open();
  // From now on the next write or flush but `count` fails, and all after it.
  void fail_after(u64 count) { left_ = count; }
  // Calls `what`, once, when as many more writes and flushes have begun.
  void call_after(u64 count, std::function<void()> what) {
    until_call_ = count;
    call_ = std::move(what);
  }
  std::size_t disk_count() const { return disks_.size(); }
  const std::vector<JournalEvent>& events() const { return events_; }
  // The disks as they were before the first write.
  std::vector<Device*> bases() const;

 private:
  class Disk;
  struct State {
    std::unique_ptr<Device> base;
    std::unique_ptr<OverlayDevice> now;
  };

  std::vector<State> disks_;
  std::vector<JournalEvent> events_;
  u64 left_ = ~u64{0};  // events until they fail
  u64 until_call_ = 0;
  std::function<void()> call_;
};

// A device that is owned elsewhere.
class BorrowedDevice : public Device {
 public:
  explicit BorrowedDevice(Device& device) : device_(device) {}

  const std::string& name() const override { return device_.name(); }
  u64 size_bytes() const override { return device_.size_bytes(); }
  Result<void> read(u64 offset, MutableBytes out) override { return device_.read(offset, out); }
  Result<void> write(u64 offset, Bytes bytes) override { return device_.write(offset, bytes); }
  Result<void> flush() override { return device_.flush(); }

 private:
  Device& device_;
};

}  // namespace canopy
