// Damage to what refers to data, each kind by itself; and changes that are no damage, of which a
// check says nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "damaged_image.h"
#include "ondisk/extent_item.h"
#include "ondisk/file_extent.h"
#include "ondisk/inode_item.h"

namespace canopy {
namespace {

constexpr const char* IMAGE = TEST_IMAGES_DIR "/sharing.img.zst";

class DamageKinds : public testing::Test {
 protected:
  // In the first subvolume in which `edit` finds something to change.
  bool edit_block(const std::function<bool(MutableBytes block)>& edit) {
    return std::ranges::any_of(image_.subvolumes(),
                               [&](u64 tree) { return image_.edit_block(tree, edit); });
  }

  DamagedImage image_{IMAGE};
};

TEST_F(DamageKinds, AWrongChecksumOfGoodData) {
  ASSERT_TRUE(image_.edit_item(CSUM_TREE_OBJECTID, [](const FoundItem& item) {
    if (item.key.type != EXTENT_CSUM_KEY) return false;
    item.bytes[0] ^= 1;
    return true;
  }));
  EXPECT_TRUE(image_.check().clean());
  const CheckReport report = image_.check({.check_data_csum = true});
  EXPECT_TRUE(has(report, Problem::data, "wrong checksum")) << text_of(report);
}

// As if the leaf had moved, and the reference had not followed.
TEST_F(DamageKinds, ASharedReferenceToDataFromABlockThatIsNotThere) {
  const u32 nodesize = image_.original().super().nodesize;
  ASSERT_TRUE(image_.edit_item(EXTENT_TREE_OBJECTID, [&](const FoundItem& item) {
    if (item.key.type != EXTENT_ITEM_KEY) return false;
    if ((item.get<u64>(offsetof(ExtentItem, flags)) & EXTENT_FLAG_DATA) == 0) return false;
    std::size_t at = sizeof(ExtentItem);
    while (at < item.bytes.size() && item.bytes[at] != SHARED_DATA_REF_KEY)
      at += extent_inline_ref_size(item.bytes[at]);
    // The last one, so that the order stays right.
    const std::size_t size = extent_inline_ref_size(SHARED_DATA_REF_KEY);
    if (at >= item.bytes.size() || at + size < item.bytes.size()) return false;
    item.put<u64>(at + 1, item.get<u64>(at + 1) - u64{3} * nodesize);
    return true;
  }));
  const CheckReport report = image_.check();
  EXPECT_TRUE(has(report, Problem::reference, "shared data backref parent")) << text_of(report);
  EXPECT_TRUE(has(report, Problem::reference, "but not found")) << text_of(report);
  EXPECT_TRUE(has(report, Problem::reference, "but not recorded")) << text_of(report);
}

// Two files of one leaf that have each other's data.
TEST_F(DamageKinds, TwoExtentsThatWereExchanged) {
  ASSERT_TRUE(edit_block([](MutableBytes block) {
    const ExtentBuffer leaf(0, std::vector<u8>(block.begin(), block.end()));
    // With full backreferences the references would be the same as before.
    if (!leaf.is_leaf() || (leaf.flags() & HEADER_FLAG_RELOC) != 0) return false;
    struct Seen {
      u64 ino;
      u64 bytenr;
      u64 length;
      std::size_t at;  // of the address
    };
    std::vector<Seen> all;
    for (u32 slot = 0; leaf.is_leaf() && slot < leaf.nritems(); ++slot) {
      const auto extent =
          leaf.key(slot).type == EXTENT_DATA_KEY ? load_file_extent(leaf.item(slot)) : std::nullopt;
      if (!extent || extent->type != FILE_EXTENT_REG || extent->disk_bytenr == 0) continue;
      all.push_back({leaf.key(slot).objectid, extent->disk_bytenr, extent->disk_num_bytes,
                     leaf.item_offset(slot) + offsetof(FileExtentItem, disk_bytenr)});
      for (const Seen& other : all) {
        const Seen& last = all.back();
        if (other.ino == last.ino || other.bytenr == last.bytenr || other.length != last.length)
          continue;
        store_le<u64>(&block[other.at], last.bytenr);
        store_le<u64>(&block[last.at], other.bytenr);
        return true;
      }
    }
    return false;
  }));
  const CheckReport report = image_.check();
  EXPECT_TRUE(has(report, Problem::reference, "extent data backref")) << text_of(report);
}

TEST_F(DamageKinds, AnotherTimeOfAFileIsNoDamage) {
  ASSERT_TRUE(std::ranges::any_of(image_.subvolumes(), [&](u64 tree) {
    return image_.edit_item(tree, [](const FoundItem& item) {
      if (item.key.type != INODE_ITEM_KEY || item.key.objectid <= FIRST_FREE_OBJECTID) return false;
      const std::size_t at = offsetof(InodeItem, mtime) + offsetof(Timespec, nsec);
      item.put<u32>(at, item.get<u32>(at) ^ 1);
      return true;
    });
  }));
  EXPECT_EQ(text_of(image_.check({.check_data_csum = true})), "");
}

}  // namespace
}  // namespace canopy
