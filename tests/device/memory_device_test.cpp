#include "device/memory_device.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(MemoryDevice, ReadsAllBytesAskedForOrNone) {
  MemoryDevice device("disk", {1, 2, 3, 4});
  u8 bytes[3] = {};
  ASSERT_TRUE(device.read(1, bytes).ok());
  EXPECT_EQ(bytes[0], 2);
  EXPECT_EQ(bytes[2], 4);
  EXPECT_EQ(device.read(2, bytes).error().to_string(), "disk ends at 4: cannot read 3 bytes at 2");
  EXPECT_FALSE(device.read(~u64{0}, bytes).ok());
  EXPECT_TRUE(device.read(4, {}).ok());
}

TEST(MemoryDevice, LiesInPlaceAndShowsWhatIsWritten) {
  MemoryDevice device("disk", {1, 2, 3, 4});
  Bytes place = device.mapped(1, 3).value();
  const u8 bytes[] = {7, 8};
  ASSERT_TRUE(device.write(2, bytes).ok());
  EXPECT_EQ(place[1], 7);
  EXPECT_EQ(place[2], 8);
  EXPECT_FALSE(device.write(3, bytes).ok());
  EXPECT_FALSE(device.mapped(2, 3).has_value());
  EXPECT_FALSE(device.mapped(~u64{0}, 2).has_value());
}

}  // namespace
}  // namespace canopy
