// Numbers of few bytes where most of them are small, for tables of our own in memory: seven bits a
// byte, the lowest first; all but the last byte of a number have the eighth bit set.
#pragma once

#include <vector>

#include "base/types.h"

namespace canopy {

inline void put_varint(std::vector<u8>& out, u64 value) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<u8>(value | 0x80));
  out.push_back(static_cast<u8>(value));
}

// REQUIRES of both takes: what the matching put has written begins at `at`, which is moved behind
// it.
inline u64 take_varint(const std::vector<u8>& in, std::size_t& at) {
  u64 value = 0;
  for (u32 shift = 0;; shift += 7) {
    const u8 byte = in[at++];
    value |= u64{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
}

// A number that is near another one, above or below it: of few bytes if the two are close.
inline void put_difference(std::vector<u8>& out, u64 value, u64 from) {
  const auto difference = static_cast<i64>(value - from);
  put_varint(out, (static_cast<u64>(difference) << 1) ^ static_cast<u64>(difference >> 63));
}

inline u64 take_difference(const std::vector<u8>& in, std::size_t& at, u64 from) {
  const u64 folded = take_varint(in, at);
  return from + ((folded >> 1) ^ (~(folded & 1) + 1));
}

}  // namespace canopy
