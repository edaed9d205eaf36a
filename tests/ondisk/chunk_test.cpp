#include "ondisk/chunk.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(BlockGroupFlags, ArePrintedAsBtrfsProgsDo) {
  EXPECT_EQ(block_group_flags_text(BLOCK_GROUP_SYSTEM), "SYSTEM|single");
  EXPECT_EQ(block_group_flags_text(BLOCK_GROUP_METADATA | BLOCK_GROUP_DUP), "METADATA|DUP");
  EXPECT_EQ(block_group_flags_text(BLOCK_GROUP_DATA | BLOCK_GROUP_METADATA | BLOCK_GROUP_RAID1C3),
            "DATA|METADATA|RAID1C3");
  EXPECT_EQ(block_group_flags_text(0), "single");
}

}  // namespace
}  // namespace canopy
