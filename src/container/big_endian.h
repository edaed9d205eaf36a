// Integers of the formats that have their highest byte first.
#pragma once

#include "base/types.h"

namespace canopy {

template <typename T>
T load_be(const u8* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(static_cast<T>(value << 8) | bytes[i]);
  return value;
}

}  // namespace canopy
