// A Device that keeps what is written beside a base that is never written: the changed image is
// the base with the overlay's pieces laid over it.
//
//   base     | A | B | C | D | E | ...        pieces of PIECE_SIZE bytes
//   overlay      | B'|       | E'|            only those that were written
//
// A piece is copied from the base when it is first written and stays in memory until the whole of
// it is discarded; then the base's shows again. So only bytes of the base are handed out in place
// (mapped). Any thread may read while one writes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>

#include "device/device.h"

namespace canopy {

class OverlayDevice : public Device {
 public:
  static constexpr u64 PIECE_SIZE = 64u << 10;

  // Takes no more than `limit_bytes` of changes; writing beyond is Code::io.
  explicit OverlayDevice(std::shared_ptr<Device> base, u64 limit_bytes = ~u64{0})
      : base_(std::move(base)), limit_bytes_(limit_bytes) {}

  const std::string& name() const override { return base_->name(); }
  u64 size_bytes() const override { return base_->size_bytes(); }
  Result<void> read(u64 offset, MutableBytes out) override;
  std::optional<Bytes> mapped(u64 offset, u64 length) override;
  void will_read(u64 offset, u64 length) override { base_->will_read(offset, length); }
  bool has_logical_addresses() const override { return base_->has_logical_addresses(); }
  Result<void> check_unchanged() override { return base_->check_unchanged(); }
  Result<void> write(u64 offset, Bytes bytes) override;
  // Gives the memory of pieces that lie in the range back.
  Result<void> discard(u64 offset, u64 length) override;

  // What was there before; never written.
  Device& base() const { return *base_; }
  // The same, for another overlay of it.
  const std::shared_ptr<Device>& shared_base() const { return base_; }
  // How much memory the changed pieces take.
  u64 changed_bytes() const;
  // Calls `visit` with every changed piece in ascending order until it returns an Error. The last
  // piece ends with the device. Nobody may write meanwhile.
  Result<void> visit_changed(
      const std::function<Result<void>(u64 offset, Bytes bytes)>& visit) const;

 private:
  struct Piece {
    u8 bytes[PIECE_SIZE];
  };

  std::size_t length_of_piece(u64 index) const;
  // REQUIRES: mutex_ held exclusively.
  Result<Piece*> piece_for_writing(u64 index, bool overwritten);

  std::shared_ptr<Device> base_;
  const u64 limit_bytes_;
  mutable std::shared_mutex mutex_;
  std::map<u64, std::unique_ptr<Piece>> pieces_;  // by offset / PIECE_SIZE
};

}  // namespace canopy
