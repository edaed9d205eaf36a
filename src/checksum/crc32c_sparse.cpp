// The path for machines without an instruction for it, WebAssembly above all: no table is looked
// into but at the end, and no product is made.
//
// The polynomial P divides one of six terms only, which a search has found: the lowest of those
// whose second term is at least 160 behind the first.
//
//   S = x^343 + x^177 + x^163 + x^155 + x^136 + 1
//
// and because S(x)^8 is S(x^8), P divides also the one in which each exponent is a number of bytes.
// A message may be changed by multiples of S(x^8) and keeps its remainder. So the bytes are taken
// away from the front: one that is added to those 166, 180, 188, 207 and 343 places behind it can
// be left out. Sixteen are taken at a time, since nothing that is added lies nearer. What is left
// in the end, 343 bytes and a few, is summed by tables.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"
#include "checksum/crc32c.h"

namespace canopy {
namespace {

using Vector = u64 __attribute__((vector_size(16)));
constexpr std::size_t width = sizeof(Vector);

// How far behind a byte those lie that it is added to.
constexpr std::array<std::size_t, 5> distances{166, 180, 188, 207, 343};
constexpr std::size_t farthest = distances.back();
static_assert([] {
  // S has no remainder: x^k, from x^0 up to x^343, in reflected order.
  u32 power = 1u << 31;
  u32 sum = 0;
  for (std::size_t k = 0; k <= farthest; ++k) {
    bool is_term = k == farthest;
    for (const std::size_t distance : distances)
      is_term = is_term || k == farthest - distance;
    if (is_term) sum ^= power;
    power = (power >> 1) ^ ((power & 1) != 0 ? 0x82f63b78u : 0);
  }
  return sum == 0;
}());

// Room before and behind the bytes, so that nobody asks where they begin and end.
constexpr std::size_t margin = (farthest + width - 1) / width * width;
constexpr std::size_t most_at_once = 4096;
// Of less, too much is left in the end to be worth it.
constexpr std::size_t least = 2 * margin;

Vector load(const u8* from) {
  Vector vector;
  std::memcpy(&vector, from, width);
  return vector;
}

void store(u8* to, Vector vector) { std::memcpy(to, &vector, width); }

// What the bytes before are added to those at `at`.
Vector added_to(const u8* at) {
  return load(at - distances[0]) ^ load(at - distances[1]) ^ load(at - distances[2]) ^
         load(at - distances[3]) ^ load(at - distances[4]);
}

// REQUIRES: least <= bytes.size() <= most_at_once.
u32 update_at_once(u32 seed, Bytes bytes) {
  const std::size_t taken = (bytes.size() - farthest) / width * width;
  std::array<u8, margin + most_at_once + margin> memory;  // NOLINT: every byte is written first
  u8* const message = memory.data() + margin;
  std::memset(message - margin, 0, margin);
  std::memcpy(message, bytes.data(), width);
  store_le(message, load_le<u32>(message) ^ seed);
  for (std::size_t at = width; at < taken; at += width) {
    store(message + at, load(bytes.data() + at) ^ added_to(message + at));
  }
  // What is left is added to nothing.
  std::memset(message + taken, 0, margin);
  std::array<u8, margin + width> left{};
  const std::size_t length = bytes.size() - taken;
  std::memcpy(left.data(), bytes.data() + taken, length);
  for (std::size_t at = 0; at < length; at += width) {
    store(left.data() + at, load(left.data() + at) ^ added_to(message + taken + at));
  }
  return crc32c_internal::update_by_table(0, Bytes(left).first(length));
}

}  // namespace

u32 crc32c_internal::update_sparse(u32 seed, Bytes bytes) {
  while (bytes.size() >= least) {
    const Bytes part = bytes.first(std::min(bytes.size(), most_at_once));
    seed = update_at_once(seed, part);
    bytes = bytes.subspan(part.size());
  }
  return update_by_table(seed, bytes);
}

}  // namespace canopy
