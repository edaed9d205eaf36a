#include "checksum/sha256_stream.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"

namespace canopy {
namespace {

std::string hex(const std::array<u8, 32>& digest) {
  std::string text;
  for (const u8 byte : digest)
    text += fmt::format("{:02x}", byte);
  return text;
}

TEST(Sha256Stream, GivesThePublishedDigests) {
  Sha256 empty;
  EXPECT_EQ(hex(empty.finish()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 abc;
  abc.update(as_bytes(std::string_view("abc")));
  EXPECT_EQ(hex(abc.finish()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256Stream, DoesNotDependOnThePieces) {
  const std::string text(1000, 'a');
  Sha256 whole;
  whole.update(as_bytes(std::string_view(text)));
  Sha256 pieces;
  for (std::size_t at = 0; at < text.size(); at += 37) {
    pieces.update(as_bytes(std::string_view(text).substr(at, 37)));
  }
  EXPECT_EQ(whole.finish(), pieces.finish());
}

}  // namespace
}  // namespace canopy
