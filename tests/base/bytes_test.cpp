#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace canopy {
namespace {

TEST(Bytes, IntegersLieLittleEndFirst) {
  const u8 bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(load_le<u16>(bytes), 0x0201);
  EXPECT_EQ(load_le<u32>(bytes), 0x04030201u);
  EXPECT_EQ(load_le<u64>(bytes + 0), 0x0807060504030201u);
}

TEST(Bytes, FieldsHaveNoAlignmentAndRoundTrip) {
  struct Mixed {
    u8 kind;
    le64 address;
    le16 count;
  };
  static_assert(sizeof(Mixed) == 11 && alignof(Mixed) == 1);
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    Mixed in{static_cast<u8>(random.next()), random.next(), static_cast<u16>(random.next())};
    Mixed out = load_struct<Mixed>(as_bytes(in));
    EXPECT_EQ(in.address.value(), out.address.value());
    EXPECT_EQ(in.count.value(), out.count.value());
  }
}

}  // namespace
}  // namespace canopy
