#include "stream/command.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(Command, NumbersAreThoseOfTheKernel) {
  EXPECT_EQ(static_cast<u16>(SendCommand::subvol), 1);
  EXPECT_EQ(static_cast<u16>(SendCommand::write), 15);
  EXPECT_EQ(static_cast<u16>(SendCommand::end), 21);
  EXPECT_EQ(static_cast<u16>(SendCommand::enable_verity), 26);
  EXPECT_EQ(static_cast<u16>(SendAttribute::uuid), 1);
  EXPECT_EQ(static_cast<u16>(SendAttribute::data), 19);
  EXPECT_EQ(static_cast<u16>(SendAttribute::fallocate_mode), 25);
  EXPECT_EQ(static_cast<u16>(SendAttribute::verity_sig_data), 35);
}

TEST(Command, EveryCommandUsesAttributesOfItsVersion) {
  for (u16 number = 1; number < send_command_count; ++number) {
    const CommandInfo& info = command_info(static_cast<SendCommand>(number));
    EXPECT_FALSE(info.name.empty());
    EXPECT_LE(info.optional, info.attributes.size());
    for (const SendAttribute attribute : info.attributes) {
      EXPECT_LE(attribute_info(attribute).since_version, info.since_version) << info.name;
    }
  }
}

TEST(Command, SizesAreThoseOfTheKernelsBuffers) {
  EXPECT_EQ(max_command_size(1), 65536u);
  EXPECT_EQ(max_command_size(2), 147456u);
  EXPECT_EQ(max_write_data(1), 49152u);
  EXPECT_EQ(max_write_data(2), 131072u);
}

}  // namespace
}  // namespace canopy
