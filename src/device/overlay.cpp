#include "device/overlay.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace canopy {

std::size_t OverlayDevice::length_of_piece(u64 index) const {
  return static_cast<std::size_t>(std::min(PIECE_SIZE, size_bytes() - index * PIECE_SIZE));
}

Result<void> OverlayDevice::read(u64 offset, MutableBytes out) {
  // Of a dump the size bounds nothing, and nothing of it is ever changed.
  if (has_logical_addresses()) return base_->read(offset, out);
  if (offset > size_bytes() || out.size() > size_bytes() - offset)
    return beyond_device(*this, offset, out.size());
  std::shared_lock hold(mutex_);
  while (!out.empty()) {
    // As long a run as possible that lies in one piece, or in none.
    u64 index = offset / PIECE_SIZE;
    auto next = pieces_.lower_bound(index);
    if (next != pieces_.end() && next->first == index) {
      u64 in_piece = offset % PIECE_SIZE;
      auto take = static_cast<std::size_t>(std::min<u64>(out.size(), PIECE_SIZE - in_piece));
      std::memcpy(out.data(), next->second->bytes + in_piece, take);
      out = out.subspan(take);
      offset += take;
      continue;
    }
    std::size_t take = out.size();
    if (next != pieces_.end())
      take = static_cast<std::size_t>(std::min<u64>(take, next->first * PIECE_SIZE - offset));
    TRY(base_->read(offset, out.first(take)));
    out = out.subspan(take);
    offset += take;
  }
  return {};
}

std::optional<Bytes> OverlayDevice::mapped(u64 offset, u64 length) {
  if (offset > size_bytes() || length > size_bytes() - offset) return std::nullopt;
  std::shared_lock hold(mutex_);
  auto next = pieces_.lower_bound(offset / PIECE_SIZE);
  if (next != pieces_.end() && next->first * PIECE_SIZE < offset + length) return std::nullopt;
  return base_->mapped(offset, length);
}

Result<OverlayDevice::Piece*> OverlayDevice::piece_for_writing(u64 index, bool overwritten) {
  if (auto found = pieces_.find(index); found != pieces_.end()) return found->second.get();
  if (pieces_.size() >= limit_bytes_ / PIECE_SIZE)
    return error(Code::io,
                 "the changes to {} would take more than the {} bytes of memory there are for them",
                 name(), limit_bytes_);
  auto& piece = pieces_[index];
  auto fresh = std::make_unique_for_overwrite<Piece>();
  if (!overwritten) {
    auto read = base_->read(index * PIECE_SIZE, MutableBytes(fresh->bytes, length_of_piece(index)));
    if (!read.ok()) {
      pieces_.erase(index);
      return std::move(read).error();
    }
  }
  piece = std::move(fresh);
  return piece.get();
}

Result<void> OverlayDevice::write(u64 offset, Bytes bytes) {
  if (offset > size_bytes() || bytes.size() > size_bytes() - offset)
    return beyond_device(*this, offset, bytes.size());
  std::unique_lock hold(mutex_);
  while (!bytes.empty()) {
    u64 index = offset / PIECE_SIZE;
    u64 in_piece = offset % PIECE_SIZE;
    auto take = static_cast<std::size_t>(std::min<u64>(bytes.size(), PIECE_SIZE - in_piece));
    Piece* piece = TRY(piece_for_writing(index, take == length_of_piece(index)));
    std::memcpy(piece->bytes + in_piece, bytes.data(), take);
    bytes = bytes.subspan(take);
    offset += take;
  }
  return {};
}

Result<void> OverlayDevice::discard(u64 offset, u64 length) {
  if (offset > size_bytes() || length > size_bytes() - offset)
    return beyond_device(*this, offset, length);
  const u64 end = offset + length;
  std::unique_lock hold(mutex_);
  auto piece = pieces_.lower_bound((offset + PIECE_SIZE - 1) / PIECE_SIZE);
  while (piece != pieces_.end() && piece->first * PIECE_SIZE + length_of_piece(piece->first) <= end)
    piece = pieces_.erase(piece);
  return {};
}

u64 OverlayDevice::changed_bytes() const {
  std::shared_lock hold(mutex_);
  return pieces_.size() * PIECE_SIZE;
}

Result<void> OverlayDevice::visit_changed(
    const std::function<Result<void>(u64 offset, Bytes bytes)>& visit) const {
  std::shared_lock hold(mutex_);
  for (const auto& [index, piece] : pieces_)
    TRY(visit(index * PIECE_SIZE, Bytes(piece->bytes, length_of_piece(index))));
  return {};
}

}  // namespace canopy
