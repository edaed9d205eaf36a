#include "inspect/block_fields.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "inspect/super_fields.h"
#include "ondisk/superblock.h"
#include "ondisk/tree_block.h"

namespace canopy {
namespace {

constexpr u32 NODESIZE = 4096;

FieldContext context() {
  FieldContext context;
  context.nodesize = NODESIZE;
  context.sectorsize = 4096;
  return context;
}

std::vector<u8> block_with(const Header& header) {
  std::vector<u8> block(NODESIZE);
  std::memcpy(block.data(), &header, sizeof header);
  return block;
}

TEST(BlockFields, ANodePointsToItsChildren) {
  Header header{};
  header.level = 1;
  header.nritems = 1;
  auto block = block_with(header);
  const KeyPtr pointer{DiskKey::encode({256, INODE_ITEM_KEY, 0}), 30408704, 9};
  std::memcpy(block.data() + sizeof header, &pointer, sizeof pointer);
  bool found = false;
  for (const Field& field : slot_fields(context(), block, 0)) {
    if (field.link != FieldLink::tree_block) continue;
    found = true;
    EXPECT_EQ(field.target, 30408704u);
    EXPECT_EQ(field.offset, sizeof(Header) + offsetof(KeyPtr, blockptr));
    EXPECT_EQ(field.size, 8u);
  }
  EXPECT_TRUE(found);
}

TEST(BlockFields, AnItemOutsideTheBlockIsToldAndNotRead) {
  Header header{};
  header.nritems = 1;
  auto block = block_with(header);
  const Item item{DiskKey::encode({256, INODE_ITEM_KEY, 0}), NODESIZE, 160};
  std::memcpy(block.data() + sizeof header, &item, sizeof item);
  EXPECT_FALSE(item_place(block, 0));
  EXPECT_EQ(slot_fields(context(), block, 0).back().name, "damaged");
  std::vector<std::string> problems;
  block_text(context(), block, 65536, problems);
  EXPECT_EQ(problems.size(), 1u);
}

TEST(BlockFields, MoreItemsThanTheBlockHasRoomForAreNotRead) {
  Header header{};
  header.nritems = ~0u;
  const auto block = block_with(header);
  EXPECT_EQ(slot_count(block), (NODESIZE - sizeof(Header)) / sizeof(Item));
  std::vector<std::string> problems;
  block_text(context(), block, 65536, problems);
  EXPECT_FALSE(problems.empty());
}

TEST(BlockFields, AnyBytesCanBeShown) {
  Random random(2);
  for (u32 round = 0; round < 200; ++round) {
    std::vector<u8> block(NODESIZE);
    for (u8& byte : block)
      byte = static_cast<u8>(round % 2 == 0 ? random.next() : random.below(3u));
    block[offsetof(Header, level)] = static_cast<u8>(random.below(3u));
    std::vector<std::string> problems;
    EXPECT_FALSE(block_text(context(), block, 65536, problems).empty());
    EXPECT_EQ(header_fields(context(), block).size(), 9u);
    for (u32 slot = 0; slot < slot_count(block); ++slot)
      for (const Field& field : slot_fields(context(), block, slot))
        EXPECT_LE(field.offset + field.size, NODESIZE);
  }
}

TEST(SuperFields, AnyBytesCanBeShown) {
  Random random(3);
  for (u32 round = 0; round < 100; ++round) {
    std::vector<u8> super(SUPER_INFO_SIZE);
    for (u8& byte : super)
      byte = static_cast<u8>(round % 2 == 0 ? random.next() : random.below(3u));
    EXPECT_FALSE(super_text(super, true).empty());
    for (const Field& field : super_fields(super))
      EXPECT_LE(field.offset + field.size, SUPER_INFO_SIZE);
  }
}

TEST(SuperFields, FlagsThatNobodyKnowsAreShown) {
  Superblock super{};
  super.incompat_flags = FEATURE_INCOMPAT_NO_HOLES | u64{1} << 60;
  const std::string text = super_text(as_bytes(super), false);
  EXPECT_NE(text.find("\t\t\t( NO_HOLES |\n\t\t\t  unknown flag: 0x1000000000000000 )"),
            std::string::npos);
}

}  // namespace
}  // namespace canopy
