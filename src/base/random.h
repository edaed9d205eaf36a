// A seeded random sequence, the same on every platform and in every build, so that a failure can
// be replayed from its seed (splitmix64).
#pragma once

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
  // A number in [0, bound). The bias of the remainder does not matter for tests and schedules.
  u64 below(u64 bound) {
    CHECK(bound > 0);
    return next() % bound;
  }

 private:
  u64 state_;
};

}  // namespace canopy
