#include "checksum/sha256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

namespace canopy {
namespace {

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
        _mm_load_si128(reinterpret_cast<const __m128i*>(sha256_constants + 4 * group));
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

bool is_available() {
  constexpr u32 sha_bit = 1u << 29;
  u32 eax = 0;
  u32 ebx = 0;
  u32 ecx = 0;
  u32 edx = 0;
  return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 &&
         (ebx & sha_bit) != 0;
}

__m128i lanes(u32 highest, u32 second, u32 third, u32 lowest) {
  return _mm_set_epi32(static_cast<int>(highest), static_cast<int>(second), static_cast<int>(third),
                       static_cast<int>(lowest));
}

__attribute__((target("sha,sse4.1"))) void add_blocks(Sha256Words& words, const u8* blocks,
                                                      std::size_t count) {
  State state = {lanes(words[0], words[1], words[4], words[5]),
                 lanes(words[2], words[3], words[6], words[7])};
  for (; count > 0; --count, blocks += sha256_block_size)
    add_block(state, blocks);
  u32 abef[4];
  u32 cdgh[4];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(abef), state.abef);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(cdgh), state.cdgh);
  words = {abef[3], abef[2], cdgh[3], cdgh[2], abef[1], abef[0], cdgh[1], cdgh[0]};
}

}  // namespace

Sha256AddBlocks sha256_x86() { return is_available() ? add_blocks : nullptr; }

}  // namespace canopy

#else

namespace canopy {

Sha256AddBlocks sha256_x86() { return nullptr; }

}  // namespace canopy

#endif
