// The path for WebAssembly, which has neither CRC32 nor a carry-less product. Sixteen bytes at a
// time are multiplied by a constant of 32 bits, a nibble at a time, through swizzles as tables:
//
//   state      |--------- 64 bytes ---------|
//   state * K                                |--------- 64 bytes ---------|spill|
//   message    ...                           |-------- next 64 bytes -----|--------...
//
// K is such that the product stands for the state, 64 bytes later. It is four bytes longer; these
// spill into the block after, where they are added. What is left at the end is summed by tables.
#include "checksum/crc32c.h"

#if defined(__wasm_simd128__)

#include <wasm_simd128.h>

#include <array>
#include <cstring>

#include "base/bytes.h"

namespace canopy {
namespace {

constexpr std::size_t block = 64;
constexpr std::size_t spill_size = 4;

// x^(8 * (64 + 4)), less one power because the product of reflected values is one place low.
constexpr u32 make_factor() {
  u32 power = 1u << 31;
  for (std::size_t i = 0; i < 8 * (block + spill_size) - 1; ++i) {
    power = (power >> 1) ^ ((power & 1) != 0 ? 0x82f63b78u : 0);
  }
  return power;
}

constexpr u64 carryless_product(u64 a, u64 b) {
  u64 product = 0;
  for (; b != 0; a <<= 1, b >>= 1)
    product ^= (b & 1) != 0 ? a : 0;
  return product;
}

// Byte k of the product of the factor and a nibble, low or high.
struct NibbleTables {
  std::array<std::array<u8, 16>, 5> low;
  std::array<std::array<u8, 16>, 5> high;
};

constexpr NibbleTables make_tables() {
  NibbleTables tables{};
  for (std::size_t nibble = 0; nibble < 16; ++nibble) {
    const u64 low = carryless_product(make_factor(), nibble);
    const u64 high = carryless_product(make_factor(), nibble << 4);
    for (std::size_t k = 0; k < 5; ++k) {
      tables.low[k][nibble] = static_cast<u8>(low >> (8 * k));
      tables.high[k][nibble] = static_cast<u8>(high >> (8 * k));
    }
  }
  return tables;
}

constexpr NibbleTables tables = make_tables();

// The products of sixteen bytes: byte i of k[j] belongs j places behind byte i.
struct Products {
  v128_t k[5];
};

inline Products multiply(v128_t bytes) {
  const v128_t low = wasm_v128_and(bytes, wasm_i8x16_splat(15));
  const v128_t high = wasm_u8x16_shr(bytes, 4);
  Products products;
  for (std::size_t k = 0; k < 5; ++k) {
    products.k[k] = wasm_v128_xor(wasm_i8x16_swizzle(wasm_v128_load(tables.low[k].data()), low),
                                  wasm_i8x16_swizzle(wasm_v128_load(tables.high[k].data()), high));
  }
  return products;
}

// Puts the products in their places: those of `here`, and what those of the sixteen bytes `before`
// reach over.
inline v128_t place(const Products& before, const Products& here) {
  v128_t sum = here.k[0];
  sum = wasm_v128_xor(sum, wasm_i8x16_shuffle(before.k[1], here.k[1], 15, 16, 17, 18, 19, 20, 21,
                                              22, 23, 24, 25, 26, 27, 28, 29, 30));
  sum = wasm_v128_xor(sum, wasm_i8x16_shuffle(before.k[2], here.k[2], 14, 15, 16, 17, 18, 19, 20,
                                              21, 22, 23, 24, 25, 26, 27, 28, 29));
  sum = wasm_v128_xor(sum, wasm_i8x16_shuffle(before.k[3], here.k[3], 13, 14, 15, 16, 17, 18, 19,
                                              20, 21, 22, 23, 24, 25, 26, 27, 28));
  return wasm_v128_xor(sum, wasm_i8x16_shuffle(before.k[4], here.k[4], 12, 13, 14, 15, 16, 17, 18,
                                               19, 20, 21, 22, 23, 24, 25, 26, 27));
}

}  // namespace

bool crc32c_internal::simd_available() { return true; }

u32 crc32c_internal::update_simd(u32 seed, Bytes bytes) {
  if (bytes.size() < 4 * block) return update_by_table(seed, bytes);
  const u8* p = bytes.data();
  std::size_t left = bytes.size();
  v128_t state[4];
  for (std::size_t i = 0; i < 4; ++i)
    state[i] = wasm_v128_load(p + 16 * i);
  state[0] = wasm_v128_xor(state[0], wasm_u32x4_make(seed, 0, 0, 0));
  p += block;
  left -= block;
  const Products nothing = {};
  v128_t spill = wasm_i8x16_splat(0);
  // The spill needs a place in the message even after the last block.
  for (; left >= block + spill_size; left -= block, p += block) {
    Products products[4];
    for (std::size_t i = 0; i < 4; ++i)
      products[i] = multiply(state[i]);
    state[0] = wasm_v128_xor(place(nothing, products[0]), spill);
    for (std::size_t i = 1; i < 4; ++i)
      state[i] = place(products[i - 1], products[i]);
    for (std::size_t i = 0; i < 4; ++i) {
      state[i] = wasm_v128_xor(state[i], wasm_v128_load(p + 16 * i));
    }
    spill = place(products[3], nothing);
  }
  u8 rest[block + block + spill_size];
  for (std::size_t i = 0; i < 4; ++i)
    wasm_v128_store(rest + 16 * i, state[i]);
  std::memcpy(rest + block, p, left);
  const u32 spilled = load_le<u32>(rest + block) ^ wasm_u32x4_extract_lane(spill, 0);
  store_le(rest + block, spilled);
  return update_by_table(0, Bytes(rest, block + left));
}

}  // namespace canopy

#else

namespace canopy {

bool crc32c_internal::simd_available() { return false; }
u32 crc32c_internal::update_simd(u32 crc, Bytes bytes) { return update_by_table(crc, bytes); }

}  // namespace canopy

#endif
