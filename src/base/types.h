// Short names for the integers that an on-disk format is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace canopy {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

using Bytes = std::span<const u8>;
using MutableBytes = std::span<u8>;

}  // namespace canopy
