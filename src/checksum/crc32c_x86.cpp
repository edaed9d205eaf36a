// The x86 path. The CRC32 instruction takes eight bytes a cycle but answers after three, so three
// neighbouring blocks are summed at once and their remainders joined by a carry-less product.
#include "checksum/crc32c.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "base/bytes.h"

namespace canopy {
namespace {

constexpr u32 polynomial = 0x82f63b78u;

// x^exponent, reflected: bit 31 is the coefficient of x^0.
constexpr u32 power_of_x(u64 exponent) {
  u32 power = 1u << 31;
  for (; exponent > 0; --exponent)
    power = (power >> 1) ^ ((power & 1) != 0 ? polynomial : 0);
  return power;
}

// What a remainder is multiplied by to move over `length` bytes. The product of two reflected
// values comes out one place low (that is, times x) and CRC32 over its eight bytes multiplies by
// x^32: 33 powers less.
constexpr u32 move_over(u64 length) { return power_of_x(8 * length - 33); }

__attribute__((target("sse4.2,pclmul"))) inline u64 product(u64 crc, u32 factor) {
  const __m128i result = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(crc)),
                                              _mm_cvtsi32_si128(static_cast<int>(factor)), 0);
  return static_cast<u64>(_mm_cvtsi128_si64(result));
}

// Sums blocks of 3 * block_bytes while there are any, and moves `p` and `left` past them.
template <std::size_t block_bytes>
__attribute__((target("sse4.2,pclmul"))) inline u64 sum_triples(u64 crc, const u8*& p,
                                                                std::size_t& left) {
  constexpr u32 move_one = move_over(block_bytes);
  constexpr u32 move_two = move_over(2 * block_bytes);
  while (left >= 3 * block_bytes) {
    u64 first = crc;
    u64 second = 0;
    u64 third = 0;
    for (std::size_t i = 0; i < block_bytes; i += 8) {
      first = _mm_crc32_u64(first, load_le<u64>(p + i));
      second = _mm_crc32_u64(second, load_le<u64>(p + block_bytes + i));
      third = _mm_crc32_u64(third, load_le<u64>(p + 2 * block_bytes + i));
    }
    crc = third ^ _mm_crc32_u64(0, product(first, move_two) ^ product(second, move_one));
    p += 3 * block_bytes;
    left -= 3 * block_bytes;
  }
  return crc;
}

}  // namespace

bool crc32c_internal::x86_available() {
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
}

__attribute__((target("sse4.2,pclmul"))) u32 crc32c_internal::update_x86(u32 seed, Bytes bytes) {
  const u8* p = bytes.data();
  std::size_t left = bytes.size();
  // A sector of 4096 bytes is one step of the first kind and two words.
  u64 crc = sum_triples<1360>(seed, p, left);
  crc = sum_triples<168>(crc, p, left);
  for (; left >= 8; left -= 8, p += 8)
    crc = _mm_crc32_u64(crc, load_le<u64>(p));
  auto result = static_cast<u32>(crc);
  for (; left > 0; --left, ++p)
    result = _mm_crc32_u8(result, *p);
  return result;
}

}  // namespace canopy

#else

namespace canopy {

bool crc32c_internal::x86_available() { return false; }
u32 crc32c_internal::update_x86(u32 crc, Bytes bytes) { return update_by_table(crc, bytes); }

}  // namespace canopy

#endif
