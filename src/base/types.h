// Short names for the integers that an on-disk format is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"

namespace canopy {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

// A number as the size of something in memory, for where a size has 32 bits. REQUIRES: it is one;
// of what an image says, that was checked.
constexpr std::size_t to_size(u64 value) {
  CHECK(value <= SIZE_MAX);
  return static_cast<std::size_t>(value);
}

using Bytes = std::span<const u8>;
using MutableBytes = std::span<u8>;

}  // namespace canopy
