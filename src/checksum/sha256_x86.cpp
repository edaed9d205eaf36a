#include "checksum/sha256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#include <cstring>

#include "base/bytes.h"

namespace canopy {
namespace {

constexpr std::size_t block_size = 64;

// The constants of FIPS 180-4, four to a vector.
alignas(16) constexpr u32 round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// The eight words of the state as the instructions want them: a, b, e, f and c, d, g, h, each with
// the first in the highest lane.
struct State {
  __m128i abef;
  __m128i cdgh;
};

__attribute__((target("sha,sse4.1"))) inline __m128i load_words(const u8* bytes) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)), big_endian);
}

__attribute__((target("sha,sse4.1"))) inline void add_block(State& state, const u8* block) {
  const State before = state;
  __m128i words[4];
  for (std::size_t i = 0; i < 4; ++i)
    words[i] = load_words(block + 16 * i);
#pragma GCC unroll 16
  for (std::size_t group = 0; group < 16; ++group) {
    __m128i& now = words[group % 4];
    const __m128i constants =
        _mm_load_si128(reinterpret_cast<const __m128i*>(round_constants + 4 * group));
    const __m128i sum = _mm_add_epi32(now, constants);
    state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sum);
    state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(sum, 0x0e));
    if (group >= 12) continue;
    // The words of four groups later take the place of those just used.
    const __m128i last = words[(group + 3) % 4];
    const __m128i middle = _mm_alignr_epi8(last, words[(group + 2) % 4], 4);
    const __m128i half = _mm_add_epi32(_mm_sha256msg1_epu32(now, words[(group + 1) % 4]), middle);
    now = _mm_sha256msg2_epu32(half, last);
  }
  state.abef = _mm_add_epi32(state.abef, before.abef);
  state.cdgh = _mm_add_epi32(state.cdgh, before.cdgh);
}

}  // namespace

bool sha256_x86_available() {
  constexpr u32 sha_bit = 1u << 29;
  u32 eax = 0;
  u32 ebx = 0;
  u32 ecx = 0;
  u32 edx = 0;
  return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 &&
         (ebx & sha_bit) != 0;
}

__attribute__((target("sha,sse4.1"))) void sha256_x86(Bytes bytes, u8* out) {
  State state = {_mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85), 0x510e527f,
                               static_cast<int>(0x9b05688c)),
                 _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a), 0x1f83d9ab, 0x5be0cd19)};
  const u8* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= block_size; left -= block_size, p += block_size)
    add_block(state, p);

  // The rest, a one bit, zeros, and the length in bits, big endian.
  u8 tail[2 * block_size] = {};
  if (left > 0) std::memcpy(tail, p, left);
  tail[left] = 0x80;
  const std::size_t tail_size = left + 9 <= block_size ? block_size : 2 * block_size;
  const u64 bits = __builtin_bswap64(u64{bytes.size()} * 8);
  std::memcpy(tail + tail_size - sizeof bits, &bits, sizeof bits);
  for (std::size_t at = 0; at < tail_size; at += block_size)
    add_block(state, tail + at);

  u32 abef[4];
  u32 cdgh[4];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(abef), state.abef);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(cdgh), state.cdgh);
  const u32 words[8] = {abef[3], abef[2], cdgh[3], cdgh[2], abef[1], abef[0], cdgh[1], cdgh[0]};
  for (std::size_t i = 0; i < 8; ++i)
    store_le(out + 4 * i, __builtin_bswap32(words[i]));
}

}  // namespace canopy

#else

#include "base/check.h"

namespace canopy {

bool sha256_x86_available() { return false; }
void sha256_x86(Bytes, u8*) { CHECK(false); }

}  // namespace canopy

#endif
