#include "checksum/sha256.h"

#include <gtest/gtest.h>
#include <tomcrypt.h>

#include <array>
#include <vector>

#include "base/random.h"

namespace canopy {
namespace {

void expect_what_the_library_gives(Sha256AddBlocks add_blocks) {
  Random random(1);
  std::vector<u8> bytes(700);
  for (u8& byte : bytes)
    byte = static_cast<u8>(random.next());
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    std::array<u8, 32> expected;
    hash_state state;
    ASSERT_EQ(sha256_init(&state), CRYPT_OK);
    ASSERT_EQ(sha256_process(&state, bytes.data(), length), CRYPT_OK);
    ASSERT_EQ(sha256_done(&state, expected.data()), CRYPT_OK);
    std::array<u8, 32> got;
    const std::size_t whole = length / sha256_block_size;
    Sha256Words words = sha256_start;
    add_blocks(words, bytes.data(), whole);
    const Bytes rest = Bytes(bytes).subspan(whole * sha256_block_size, length % sha256_block_size);
    sha256_finish(add_blocks, words, rest, length, got.data());
    ASSERT_EQ(got, expected) << length;
  }
}

TEST(Sha256, InstructionsGiveWhatTheLibraryGivesAtEveryLength) {
  if (sha256_x86() == nullptr) GTEST_SKIP() << "this machine has no instructions for SHA-256";
  expect_what_the_library_gives(sha256_x86());
}

TEST(Sha256, VectorsGiveWhatTheLibraryGivesAtEveryLength) {
  if (sha256_simd() == nullptr) GTEST_SKIP() << "the vectors of WebAssembly are not here";
  expect_what_the_library_gives(sha256_simd());
}

}  // namespace
}  // namespace canopy
