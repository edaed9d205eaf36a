#include "session/inspection.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(Inspection, AByteLeadsToTheInnermostFieldThatHoldsIt) {
  Inspection inspection;
  const auto add = [&](u32 offset, u32 size, u8 depth) {
    Field& field = inspection.fields.emplace_back();
    field.offset = offset;
    field.size = size;
    field.depth = depth;
  };
  add(0, 100, 0);
  add(0, 8, 1);
  add(8, 92, 1);
  add(200, 4, 0);
  EXPECT_EQ(inspection.field_at(0), 1);
  EXPECT_EQ(inspection.field_at(8), 2);
  EXPECT_EQ(inspection.field_at(99), 2);
  EXPECT_EQ(inspection.field_at(100), -1);
  EXPECT_EQ(inspection.field_at(203), 3);
}

TEST(Inspection, ABlockThatCouldNotBeReadSaysWhy) {
  BlockView block;
  block.logical = 4096;
  block.problem = "checksum mismatch";
  const Inspection inspection = inspect_block(block, 5, {});
  EXPECT_TRUE(inspection.bytes.empty());
  EXPECT_EQ(inspection.facts.back().second, "checksum mismatch");
}

}  // namespace
}  // namespace canopy
