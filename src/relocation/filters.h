// The filters of `btrfs balance start -d... -m... -s...`: which chunks are balanced and what new
// chunks look like. All that are given must hold (the kernel's should_balance_chunk); `limit`
// counts the chunks that passed the others.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "volume/chunk_map.h"

namespace canopy {

struct U64Range {
  u64 min = 0;
  u64 max = ~u64{0};
};

struct BalanceFilter {
  std::optional<u64> profiles;    // BLOCK_GROUP_* profile bits, any of them; PROFILE_SINGLE
  std::optional<U64Range> usage;  // percent; as usage=N: min 0, max N
  bool usage_is_range = false;
  std::optional<u64> devid;
  std::optional<U64Range> drange;   // bytes of the device `devid`, [min, max)
  std::optional<U64Range> vrange;   // logical, [min, max)
  std::optional<U64Range> stripes;  // inclusive
  std::optional<U64Range> limit;
  std::optional<u64> convert;  // profile bits of new chunks, 0 for single
  bool soft = false;           // chunks that have that profile already stay

  // Whether a chunk with so many used bytes passes; `limit` is not looked at.
  bool matches(const ChunkMapping& chunk, u64 used) const;
};

// The bit that stands for "single" among profiles of a filter, as in the kernel.
inline constexpr u64 PROFILE_SINGLE = u64{1} << 48;

// Parses "usage=50,profiles=raid1|dup,limit=..3"; empty: no filter. Code::invalid with the reason.
Result<BalanceFilter> parse_balance_filter(std::string_view text);

}  // namespace canopy
