#include "support/journaled_disks.h"

#include "support/must.h"

namespace canopy {

class JournaledDisks::Disk final : public BorrowedDevice {
 public:
  Disk(JournaledDisks& journal, std::size_t disk)
      : BorrowedDevice(*journal.disks_[disk].now), journal_(journal), disk_(disk) {}

  Result<void> write(u64 offset, Bytes bytes) override {
    journal_.events_.push_back({disk_, false, offset, {bytes.begin(), bytes.end()}});
    return BorrowedDevice::write(offset, bytes);
  }
  Result<void> flush() override {
    journal_.events_.push_back({disk_, true, 0, {}});
    return {};
  }

 private:
  JournaledDisks& journal_;
  std::size_t disk_;
};

JournaledDisks::JournaledDisks(Devices bases) {
  for (auto& base : bases) {
    auto now = std::make_unique<OverlayDevice>(std::make_unique<BorrowedDevice>(*base));
    disks_.push_back({std::move(base), std::move(now)});
  }
}

JournaledDisks::Devices JournaledDisks::open() {
  Devices devices;
  for (std::size_t i = 0; i < disks_.size(); ++i)
    devices.push_back(std::make_unique<Disk>(*this, i));
  return devices;
}

JournaledDisks::Devices JournaledDisks::with(
    const std::function<bool(std::size_t event)>& happened) const {
  Devices devices;
  for (const State& disk : disks_)
    devices.push_back(
        std::make_unique<OverlayDevice>(std::make_unique<BorrowedDevice>(*disk.base)));
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const JournalEvent& event = events_[i];
    if (!event.is_flush && happened(i)) must(devices[event.disk]->write(event.offset, event.bytes));
  }
  return devices;
}

}  // namespace canopy
