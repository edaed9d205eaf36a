#include "support/journaled_disks.h"

#include <algorithm>
#include <utility>

namespace canopy {

class JournaledDisks::Disk final : public BorrowedDevice {
 public:
  Disk(JournaledDisks& journal, std::size_t disk)
      : BorrowedDevice(*journal.disks_[disk].now), journal_(journal), disk_(disk) {}

  Result<void> write(u64 offset, Bytes bytes) override {
    TRY(happens());
    journal_.events_.push_back({disk_, false, offset, {bytes.begin(), bytes.end()}});
    return BorrowedDevice::write(offset, bytes);
  }
  Result<void> discard(u64 offset, u64 length) override {
    std::vector<u8> unit(OverlayDevice::PIECE_SIZE);
    for (u64 end = offset + length; offset < end; offset += unit.size()) {
      unit.resize(to_size(std::min<u64>(OverlayDevice::PIECE_SIZE, end - offset)));
      TRY(read(offset, unit));
      if (std::ranges::all_of(unit, [](u8 byte) { return byte == 0; })) continue;
      std::ranges::fill(unit, u8{0});
      TRY(write(offset, unit));
    }
    return {};
  }
  Result<void> flush() override {
    TRY(happens());
    journal_.events_.push_back({disk_, true, 0, {}});
    return {};
  }

 private:
  Result<void> happens() {
    if (journal_.left_ == 0) return error(Code::io, "{}: the disk is broken", name());
    --journal_.left_;
    if (journal_.call_ && journal_.until_call_-- == 0) std::exchange(journal_.call_, nullptr)();
    return {};
  }

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

std::vector<Device*> JournaledDisks::bases() const {
  std::vector<Device*> bases;
  for (const State& disk : disks_)
    bases.push_back(disk.base.get());
  return bases;
}

}  // namespace canopy
