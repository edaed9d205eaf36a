#include "checksum/sha256_stream.h"

#include <tomcrypt.h>

#include "base/check.h"

namespace canopy {

struct Sha256::State {
  hash_state hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CHECK(sha256_init(&state_->hash) == CRYPT_OK);
}

Sha256::~Sha256() = default;

void Sha256::update(Bytes bytes) {
  CHECK(sha256_process(&state_->hash, bytes.data(), bytes.size()) == CRYPT_OK);
}

std::array<u8, Sha256::size> Sha256::finish() {
  std::array<u8, size> digest;
  CHECK(sha256_done(&state_->hash, digest.data()) == CRYPT_OK);
  return digest;
}

}  // namespace canopy
