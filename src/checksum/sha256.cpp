#include "checksum/sha256.h"

#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace canopy {

Sha256AddBlocks sha256_fast_path() {
  static const Sha256AddBlocks chosen = sha256_x86() != nullptr ? sha256_x86() : sha256_simd();
  return chosen;
}

void sha256_finish(Sha256AddBlocks add_blocks, Sha256Words& state, Bytes rest, u64 total, u8* out) {
  CHECK(rest.size() < sha256_block_size);
  // The rest, a one bit, zeros, and the length in bits, big endian.
  u8 tail[2 * sha256_block_size] = {};
  if (!rest.empty()) std::memcpy(tail, rest.data(), rest.size());
  tail[rest.size()] = 0x80;
  const std::size_t blocks = rest.size() + 9 <= sha256_block_size ? 1 : 2;
  const u64 bits = __builtin_bswap64(total * 8);
  std::memcpy(tail + blocks * sha256_block_size - sizeof bits, &bits, sizeof bits);
  add_blocks(state, tail, blocks);
  for (std::size_t i = 0; i < state.size(); ++i)
    store_le(out + 4 * i, __builtin_bswap32(state[i]));
}

}  // namespace canopy
