// The path for WebAssembly, which has vectors but no instructions for SHA-256. The rounds go one
// after another, but what they add, the message schedule, depends on nothing but the block: it is
// made for four blocks at a time, a block in each lane.
//
//   w[t]   | block 0 | block 1 | block 2 | block 3 |     t = 0..63
#include "checksum/sha256.h"

#if defined(__wasm_simd128__)

#include <wasm_simd128.h>

#include <bit>
#include <cstring>

namespace canopy {
namespace {

constexpr std::size_t lanes = 4;

// The words of the schedule, with the constants of the rounds added.
struct Schedule {
  alignas(16) u32 words[64][lanes];
};

v128_t rotate(v128_t x, u32 by) {
  return wasm_v128_or(wasm_u32x4_shr(x, by), wasm_i32x4_shl(x, 32 - by));
}

v128_t small_sigma_0(v128_t x) {
  return wasm_v128_xor(wasm_v128_xor(rotate(x, 7), rotate(x, 18)), wasm_u32x4_shr(x, 3));
}

v128_t small_sigma_1(v128_t x) {
  return wasm_v128_xor(wasm_v128_xor(rotate(x, 17), rotate(x, 19)), wasm_u32x4_shr(x, 10));
}

v128_t load_words(const u8* bytes) {
  const v128_t x = wasm_v128_load(bytes);
  return wasm_i8x16_shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

// Words 4i to 4i + 3 of the four blocks, which lie behind each other: from rows to lanes.
void load_four_words(const u8* blocks, std::size_t i, v128_t* words) {
  v128_t rows[lanes];
  for (std::size_t lane = 0; lane < lanes; ++lane)
    rows[lane] = load_words(blocks + lane * sha256_block_size + 16 * i);
  const v128_t low01 = wasm_i32x4_shuffle(rows[0], rows[1], 0, 4, 1, 5);
  const v128_t low23 = wasm_i32x4_shuffle(rows[2], rows[3], 0, 4, 1, 5);
  const v128_t high01 = wasm_i32x4_shuffle(rows[0], rows[1], 2, 6, 3, 7);
  const v128_t high23 = wasm_i32x4_shuffle(rows[2], rows[3], 2, 6, 3, 7);
  words[0] = wasm_i64x2_shuffle(low01, low23, 0, 2);
  words[1] = wasm_i64x2_shuffle(low01, low23, 1, 3);
  words[2] = wasm_i64x2_shuffle(high01, high23, 0, 2);
  words[3] = wasm_i64x2_shuffle(high01, high23, 1, 3);
}

void put(Schedule& schedule, std::size_t t, v128_t words) {
  const v128_t constant = wasm_v128_load32_splat(&sha256_constants[t]);
  wasm_v128_store(schedule.words[t], wasm_i32x4_add(words, constant));
}

// Not inlined: its vectors and the rounds' words would not share the registers well.
[[gnu::noinline]] void make_schedule(const u8* blocks, Schedule& schedule) {
  v128_t w[16];
  for (std::size_t i = 0; i < 4; ++i)
    load_four_words(blocks, i, w + 4 * i);
  for (std::size_t t = 0; t < 48; t += 16) {
#pragma clang loop unroll(full)
    for (std::size_t i = 0; i < 16; ++i) {
      put(schedule, t + i, w[i]);
      const v128_t near = wasm_i32x4_add(w[i], small_sigma_0(w[(i + 1) % 16]));
      w[i] = wasm_i32x4_add(near, wasm_i32x4_add(w[(i + 9) % 16], small_sigma_1(w[(i + 14) % 16])));
    }
  }
  for (std::size_t i = 0; i < 16; ++i)
    put(schedule, 48 + i, w[i]);
}

// The words of the state take turns instead of moving on: the eight rounds of a turn name them in
// eight orders. `majority` is b ^ c, which the next round has as its a ^ b.
inline void add_round(u32 a, u32 b, u32& d, u32 e, u32 f, u32 g, u32& h, u32& majority, u32 word) {
  h += word + (((f ^ g) & e) ^ g) + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25));
  d += h;
  const u32 next = a ^ b;
  h += (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((next & majority) ^ b);
  majority = next;
}

[[gnu::noinline]] void add_block(Sha256Words& state, const Schedule& schedule, std::size_t lane) {
  auto [a, b, c, d, e, f, g, h] = state;
  u32 majority = b ^ c;
#pragma clang loop unroll(full)
  for (std::size_t t = 0; t < 64; t += 8) {
    auto word = [&](std::size_t i) { return schedule.words[t + i][lane]; };
    add_round(a, b, d, e, f, g, h, majority, word(0));
    add_round(h, a, c, d, e, f, g, majority, word(1));
    add_round(g, h, b, c, d, e, f, majority, word(2));
    add_round(f, g, a, b, c, d, e, majority, word(3));
    add_round(e, f, h, a, b, c, d, majority, word(4));
    add_round(d, e, g, h, a, b, c, majority, word(5));
    add_round(c, d, f, g, h, a, b, majority, word(6));
    add_round(b, c, e, f, g, h, a, majority, word(7));
  }
  const u32 sums[] = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i)
    state[i] += sums[i];
}

void add_blocks(Sha256Words& state, const u8* blocks, std::size_t count) {
  Schedule schedule;
  for (; count >= lanes; count -= lanes, blocks += lanes * sha256_block_size) {
    make_schedule(blocks, schedule);
    for (std::size_t lane = 0; lane < lanes; ++lane)
      add_block(state, schedule, lane);
  }
  if (count == 0) return;
  u8 rest[lanes * sha256_block_size] = {};
  std::memcpy(rest, blocks, count * sha256_block_size);
  make_schedule(rest, schedule);
  for (std::size_t lane = 0; lane < count; ++lane)
    add_block(state, schedule, lane);
}

}  // namespace

Sha256AddBlocks sha256_simd() { return add_blocks; }

}  // namespace canopy

#else

namespace canopy {

Sha256AddBlocks sha256_simd() { return nullptr; }

}  // namespace canopy

#endif
