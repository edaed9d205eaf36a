// The last few tables and unpacked clusters of a disk, which are asked for again and again.
#pragma once

#include <algorithm>
#include <list>
#include <vector>

#include "base/types.h"

namespace canopy {

class KeptPieces {
 public:
  explicit KeptPieces(u64 piece_bytes)
      : most_(static_cast<std::size_t>(std::clamp<u64>(KEPT_BYTES / piece_bytes, 4, 64))) {}

  // The piece that lies at `at` in the file, if it is kept; valid until something is added.
  const std::vector<u8>* find(u64 at) {
    auto found = std::ranges::find(pieces_, at, &Piece::at);
    if (found == pieces_.end()) return nullptr;
    pieces_.splice(pieces_.begin(), pieces_, found);
    return &found->bytes;
  }
  const std::vector<u8>* add(u64 at, std::vector<u8> bytes) {
    pieces_.push_front({at, std::move(bytes)});
    if (pieces_.size() > most_) pieces_.pop_back();
    return &pieces_.front().bytes;
  }

 private:
  static constexpr u64 KEPT_BYTES = u64{8} << 20;
  struct Piece {
    u64 at = 0;
    std::vector<u8> bytes;
  };

  std::size_t most_;
  std::list<Piece> pieces_;  // the last used first
};

}  // namespace canopy
