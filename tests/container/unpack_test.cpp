#include "container/unpack.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "disk_images.h"
#include "support/must.h"

namespace canopy {
namespace {

std::vector<u8> sample() {
  std::vector<u8> bytes(3u << 20);
  for (std::size_t i = 0; i < bytes.size(); i += 5000)
    bytes[i] = static_cast<u8>(i / 5000 + 1);
  return bytes;
}

TEST(Unpack, GivesTheBytesBack) {
  const std::vector<u8> bytes = sample();
  for (const auto& packed : {gzip_of(bytes), zstd_of(bytes)}) {
    auto device = memory_device(packed);
    auto image = must(unpack(*device, packing_of(packed), {}));
    EXPECT_EQ(bytes_of(*image), bytes);
  }
}

TEST(Unpack, ReadsMembersAndFramesBehindEachOther) {
  const std::vector<u8> bytes = sample();
  for (auto packed : {gzip_of(bytes), zstd_of(bytes)}) {
    const std::vector<u8> one = packed;
    packed.insert(packed.end(), one.begin(), one.end());
    auto device = memory_device(packed);
    EXPECT_EQ(must(unpack(*device, packing_of(packed), {}))->size_bytes(), 2 * bytes.size());
  }
}

TEST(Unpack, RefusesWhatEndsInTheMiddleOrIsDamaged) {
  for (const auto& packed : {gzip_of(sample()), zstd_of(sample())}) {
    std::vector<u8> cut(packed.begin(), packed.end() - 9);
    auto device = memory_device(cut, "cut.img");
    EXPECT_EQ(error_text(unpack(*device, packing_of(cut), {})), "cut.img ends in the middle");
    std::vector<u8> damaged = packed;
    for (std::size_t i = packed.size() / 2; i < packed.size(); ++i)
      damaged[i] ^= 0x5a;
    device = memory_device(damaged, "bad.img");
    auto result = unpack(*device, packing_of(damaged), {});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), Code::corrupt);
  }
}

TEST(Unpack, StopsAtItsLimits) {
  auto device = memory_device(zstd_of(sample()));
  auto result = unpack(*device, Packing::zstd, {.most_bytes = 1u << 20});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::no_space);
  result = unpack(*device, Packing::zstd, {.most_held = 8192});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::no_space);
}

TEST(Unpack, EndsWhenItIsCancelled) {
  auto device = memory_device(zstd_of(sample()));
  UnpackLimits limits;
  limits.progress = [](u64, u64) { return false; };
  auto result = unpack(*device, Packing::zstd, limits);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::cancelled);
}

#ifndef __EMSCRIPTEN__
TEST(Unpack, ReadsXz) {
  // printf 'canopy\n' | xz
  const std::vector<u8> packed = {0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4,
                                  0x46, 0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2f,
                                  0xe5, 0xa3, 0x01, 0x00, 0x06, 0x63, 0x61, 0x6e, 0x6f, 0x70, 0x79,
                                  0x0a, 0x00, 0x00, 0x77, 0xe5, 0x24, 0xaf, 0xaf, 0x8f, 0xa3, 0x90,
                                  0x00, 0x01, 0x1f, 0x07, 0x16, 0x2e, 0xb8, 0x73, 0x1f, 0xb6, 0xf3,
                                  0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a};
  std::vector<u8> twice = packed;
  twice.insert(twice.end(), packed.begin(), packed.end());
  auto device = memory_device(twice);
  ASSERT_EQ(packing_of(twice), Packing::xz);
  const std::vector<u8> bytes = bytes_of(*must(unpack(*device, Packing::xz, {})));
  EXPECT_EQ(as_text(bytes), "canopy\ncanopy\n");
  twice.resize(100);
  device = memory_device(twice, "cut.xz");
  EXPECT_EQ(error_text(unpack(*device, Packing::xz, {})), "cut.xz ends in the middle");
}
#endif

}  // namespace
}  // namespace canopy
