#include "base/varint.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

constexpr u64 values[] = {0, 1, 127, 128, 16383, 16384, u64{1} << 32, ~u64{0} - 1, ~u64{0}};

TEST(Varint, ComesBackAsItWasPut) {
  std::vector<u8> bytes;
  for (const u64 value : values)
    put_varint(bytes, value);
  std::size_t at = 0;
  for (const u64 value : values)
    EXPECT_EQ(take_varint(bytes, at), value);
  EXPECT_EQ(at, bytes.size());
}

TEST(Varint, OfADifferenceComesBackWhicheverIsLarger) {
  std::vector<u8> bytes;
  for (const u64 value : values)
    for (const u64 from : values)
      put_difference(bytes, value, from);
  std::size_t at = 0;
  for (const u64 value : values)
    for (const u64 from : values)
      EXPECT_EQ(take_difference(bytes, at, from), value) << value << " from " << from;
  EXPECT_EQ(at, bytes.size());
}

TEST(Varint, TakesAByteForWhatIsSmall) {
  std::vector<u8> bytes;
  put_varint(bytes, 127);
  put_difference(bytes, 1000, 1063);
  put_difference(bytes, 1000, 937);
  EXPECT_EQ(bytes.size(), 3u);
}

}  // namespace
}  // namespace canopy
