#include "check/reference_sums.h"

namespace canopy {

u64 hash_numbers(std::initializer_list<u64> numbers) {
  u64 hash = 0x9e3779b97f4a7c15u;
  for (u64 number : numbers) {
    // The finalizer of MurmurHash3 between two numbers.
    hash ^= number;
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
    hash = (hash ^ hash >> 33) + 0x9e3779b97f4a7c15u;
  }
  return hash;
}

}  // namespace canopy
