#include "checksum/sha256.h"

#include <gtest/gtest.h>
#include <tomcrypt.h>

#include <array>
#include <vector>

#include "base/random.h"

namespace canopy {
namespace {

TEST(Sha256, InstructionsGiveWhatTheLibraryGivesAtEveryLength) {
  if (!sha256_x86_available()) GTEST_SKIP() << "this machine has no instructions for SHA-256";
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
    sha256_x86(Bytes(bytes).first(length), got.data());
    ASSERT_EQ(got, expected) << length;
  }
}

}  // namespace
}  // namespace canopy
