// SHA-256 without the library where something is faster: the instructions of x86 are about six
// times as fast, the vectors of WebAssembly half as fast again. What the paths have in common is
// that they add whole blocks to a state; who hashes in one go or piece by piece does the rest with
// sha256_finish().
#pragma once

#include <array>

#include "base/types.h"

namespace canopy {

inline constexpr std::size_t sha256_block_size = 64;

using Sha256Words = std::array<u32, 8>;

// The state before the first block (FIPS 180-4).
inline constexpr Sha256Words sha256_start = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// The constants of the rounds.
alignas(16) inline constexpr u32 sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// Adds `count` blocks to the state.
using Sha256AddBlocks = void (*)(Sha256Words& state, const u8* blocks, std::size_t count);

// The fastest path of this machine; nullptr where that is the library.
Sha256AddBlocks sha256_fast_path();

// Adds what is left behind the last whole block, fewer than 64 bytes, with the padding, and writes
// the 32 bytes of the hash of all `total` bytes to `out`.
void sha256_finish(Sha256AddBlocks add_blocks, Sha256Words& state, Bytes rest, u64 total, u8* out);

// The paths by themselves; nullptr where this machine has not the one.
Sha256AddBlocks sha256_x86();
Sha256AddBlocks sha256_simd();

}  // namespace canopy
