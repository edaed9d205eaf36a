#include "checksum/sha256_stream.h"

#include <tomcrypt.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "checksum/sha256.h"

namespace canopy {

struct Sha256::State {
  Sha256AddBlocks add_blocks = sha256_fast_path();
  Sha256Words words = sha256_start;
  std::array<u8, sha256_block_size> rest{};  // of a block that is not whole yet
  std::size_t rest_size = 0;
  u64 total = 0;
  hash_state library;  // where there is no fast path
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CHECK(sha256_init(&state_->library) == CRYPT_OK);
}

Sha256::~Sha256() = default;

void Sha256::update(Bytes bytes) {
  State& state = *state_;
  if (state.add_blocks == nullptr) {
    CHECK(sha256_process(&state.library, bytes.data(), bytes.size()) == CRYPT_OK);
    return;
  }
  state.total += bytes.size();
  while (!bytes.empty()) {
    if (state.rest_size == 0 && bytes.size() >= sha256_block_size) {
      const std::size_t blocks = bytes.size() / sha256_block_size;
      state.add_blocks(state.words, bytes.data(), blocks);
      bytes = bytes.subspan(blocks * sha256_block_size);
      continue;
    }
    const std::size_t length = std::min(bytes.size(), sha256_block_size - state.rest_size);
    std::memcpy(state.rest.data() + state.rest_size, bytes.data(), length);
    state.rest_size += length;
    bytes = bytes.subspan(length);
    if (state.rest_size == sha256_block_size) {
      state.add_blocks(state.words, state.rest.data(), 1);
      state.rest_size = 0;
    }
  }
}

std::array<u8, Sha256::size> Sha256::finish() {
  State& state = *state_;
  std::array<u8, size> digest;
  if (state.add_blocks == nullptr) {
    CHECK(sha256_done(&state.library, digest.data()) == CRYPT_OK);
  } else {
    sha256_finish(state.add_blocks, state.words, Bytes(state.rest).first(state.rest_size),
                  state.total, digest.data());
  }
  return digest;
}

std::string Sha256::finish_hex() {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const u8 byte : finish()) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace canopy
