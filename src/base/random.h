// A seeded random sequence, the same on every platform and in every build, so that a failure can
// be replayed from its seed (splitmix64).
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include "base/check.h"
#include "base/types.h"

namespace canopy {

class Random {
 public:
  explicit Random(u64 seed) : state_(seed) {}

  u64 next() {
    u64 z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // A number in [0, bound). It is a size, so that it can index, unless the bound has 64 bits. The
  // bias of the remainder does not matter for tests and schedules.
  template <std::integral T>
  auto below(T bound) {
    using Number = std::conditional_t<sizeof(T) == sizeof(u64), u64, std::size_t>;
    CHECK(bound > 0);
    return static_cast<Number>(next() % static_cast<u64>(bound));
  }

 private:
  u64 state_;
};

}  // namespace canopy
