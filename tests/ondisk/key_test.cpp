#include "ondisk/key.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(Key, IsOrderedByObjectidThenTypeThenOffset) {
  EXPECT_LT((Key{1, 200, 9}), (Key{2, 1, 0}));
  EXPECT_LT((Key{2, 1, 9}), (Key{2, 2, 0}));
  EXPECT_LT((Key{2, 2, 0}), (Key{2, 2, 1}));
  EXPECT_LT((Key{255, 255, ~u64{0}}), (Key{static_cast<u64>(-9), 0, 0}));
}

TEST(Key, ComesBackFromItsBytes) {
  Key key{0x1122334455667788u, 0x99, 0xaabbccddeeff0011u};
  DiskKey disk = DiskKey::encode(key);
  EXPECT_EQ(disk.decode(), key);
  EXPECT_EQ(as_bytes(disk)[0], 0x88);
  EXPECT_EQ(as_bytes(disk)[8], 0x99);
  EXPECT_EQ(as_bytes(disk)[9], 0x11);
}

TEST(Key, IsPrintedAsBtrfsProgsDo) {
  EXPECT_EQ(key_text({256, INODE_ITEM_KEY, 0}), "(256 INODE_ITEM 0)");
  EXPECT_EQ(key_text({EXTENT_CSUM_OBJECTID, EXTENT_CSUM_KEY, 4096}),
            "(EXTENT_CSUM EXTENT_CSUM 4096)");
  EXPECT_EQ(key_text({DEV_ITEMS_OBJECTID, DEV_ITEM_KEY, 1}), "(DEV_ITEMS DEV_ITEM 1)");
  EXPECT_EQ(key_text({FIRST_CHUNK_TREE_OBJECTID, CHUNK_ITEM_KEY, 0}),
            "(FIRST_CHUNK_TREE CHUNK_ITEM 0)");
  EXPECT_EQ(key_text({1, DEV_EXTENT_KEY, 0}), "(1 DEV_EXTENT 0)");
  EXPECT_EQ(key_text({DATA_RELOC_TREE_OBJECTID, ROOT_ITEM_KEY, 0}),
            "(DATA_RELOC_TREE ROOT_ITEM 0)");
  EXPECT_EQ(key_text({0x1234, UUID_KEY_SUBVOL, 1}),
            "(0x0000000000001234 UUID_KEY_SUBVOL 0x0000000000000001)");
  EXPECT_EQ(key_text({3, 17, 0}), "(CHUNK_TREE UNKNOWN.17 0)");
  EXPECT_EQ(key_text({~u64{0}, INODE_ITEM_KEY, 0}), "(-1 INODE_ITEM 0)");
}

TEST(Key, SubvolumeIdsAreFiveAndTheFreeOnes) {
  EXPECT_TRUE(is_subvolume_id(5));
  EXPECT_TRUE(is_subvolume_id(256));
  EXPECT_TRUE(is_subvolume_id(LAST_FREE_OBJECTID));
  EXPECT_FALSE(is_subvolume_id(255));
  EXPECT_FALSE(is_subvolume_id(DATA_RELOC_TREE_OBJECTID));
  EXPECT_FALSE(is_subvolume_id(MULTIPLE_OBJECTIDS));
}

}  // namespace
}  // namespace canopy
