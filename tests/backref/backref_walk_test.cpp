#include "backref/backref_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "filesystem/filesystem.h"
#include "ondisk/file_extent.h"
#include "ondisk/inode_item.h"
#include "support/image_builder.h"
#include "support/must.h"
#include "support/recorded_image.h"

namespace canopy {
namespace {

std::unique_ptr<Filesystem> open_sharing_image() {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(must(load_recorded_image(TEST_IMAGES_DIR "/sharing.img.zst")));
  return must(Filesystem::open(std::move(devices)));
}

class Collector final : public BackrefVisitor {
 public:
  WalkStep found(const ExtentUser& user) override {
    users.push_back(user);
    return users.size() == stop_after ? WalkStep::stop : WalkStep::go_on;
  }
  std::vector<ExtentUser> users;
  std::size_t stop_after = 0;
};

std::vector<ExtentUser> sorted(std::vector<ExtentUser> users) {
  std::sort(users.begin(), users.end());
  return users;
}

// What a walk must find, from reading all subvolume trees from their roots down.
struct Model {
  struct Use {
    ExtentUser user;  // `offset` is where the item begins
    u64 extent_offset;
    bool compressed;
  };
  std::map<u64, std::vector<Use>> uses;          // by address of the extent
  std::map<u64, std::set<u64>> roots_of_blocks;  // by address of the block

  explicit Model(Filesystem& fs) {
    auto root_tree = must(fs.forest().root(ROOT_TREE_OBJECTID));
    Path path;
    bool more = must(search_at_or_after(fs.cache(), root_tree->pointer(), Key{}, path));
    for (; more; more = must(next_item(fs.cache(), ROOT_TREE_OBJECTID, path))) {
      if (path.key().type != ROOT_ITEM_KEY || !is_subvolume_id(path.key().objectid)) continue;
      auto root = must(fs.forest().root(path.key().objectid));
      read_block(fs, root->objectid(), must(read_root(fs.cache(), root->pointer())));
    }
  }

  void read_block(Filesystem& fs, u64 root, const BlockRef& block) {
    roots_of_blocks[block->start()].insert(root);
    for (u32 slot = 0; slot < block->nritems(); ++slot) {
      if (!block->is_leaf()) {
        read_block(fs, root, must(fs.cache().read_child(*block, slot, root)));
        continue;
      }
      Key key = block->key(slot);
      if (key.type != EXTENT_DATA_KEY) continue;
      auto extent = load_file_extent(block->item(slot));
      ASSERT_TRUE(extent);
      if (extent->type == FILE_EXTENT_INLINE || extent->disk_bytenr == 0) continue;
      uses[extent->disk_bytenr].push_back({{root, key.objectid, key.offset, extent->num_bytes},
                                           extent->offset,
                                           extent->compression != COMPRESS_NONE});
    }
  }
};

TEST(BackrefWalk, AnExtentIsUsedByExactlyTheItemsThatReferToIt) {
  auto fs = open_sharing_image();
  Model model(*fs);
  BackrefWalk walk(fs->forest());
  ASSERT_GT(model.uses.size(), 100u);
  for (const auto& [bytenr, uses] : model.uses) {
    std::vector<ExtentUser> expected;
    for (const auto& use : uses)
      expected.push_back(use.user);
    Collector collector;
    must(walk.extent_users(bytenr, std::nullopt, collector));
    EXPECT_EQ(sorted(collector.users), sorted(expected)) << "extent at " << bytenr;
  }
}

TEST(BackrefWalk, OfAPlainExtentOnlyItemsThatHoldThePositionCountAndTheirOffsetsPointToIt) {
  auto fs = open_sharing_image();
  Model model(*fs);
  BackrefWalk walk(fs->forest());
  for (const auto& [bytenr, uses] : model.uses) {
    for (u64 position : {u64{0}, u64{4096}, u64{20480}}) {
      std::vector<ExtentUser> expected;
      for (const auto& use : uses) {
        ExtentUser user = use.user;
        if (!use.compressed) {
          if (position < use.extent_offset || position >= use.extent_offset + user.num_bytes)
            continue;
          user.offset += position - use.extent_offset;
        }
        expected.push_back(user);
      }
      Collector collector;
      must(walk.extent_users(bytenr, position, collector));
      EXPECT_EQ(sorted(collector.users), sorted(expected)) << bytenr << " at " << position;
    }
  }
}

TEST(BackrefWalk, EveryBlockOfEverySubvolumeIsReachedFromTheRootsThatLeadToIt) {
  auto fs = open_sharing_image();
  Model model(*fs);
  BackrefWalk walk(fs->forest());
  ASSERT_GT(model.roots_of_blocks.size(), 100u);
  std::size_t shared = 0;
  for (const auto& [bytenr, roots] : model.roots_of_blocks) {
    auto found = must(walk.block_roots(bytenr));
    EXPECT_EQ(std::set<u64>(found.begin(), found.end()), roots) << "block at " << bytenr;
    EXPECT_EQ(found.size(), roots.size());
    shared += roots.size() > 1;
  }
  EXPECT_GT(shared, 20u);
}

TEST(BackrefWalk, AWalkEndsWhenItsCallerHasSeenEnough) {
  auto fs = open_sharing_image();
  Model model(*fs);
  BackrefWalk walk(fs->forest());
  for (const auto& [bytenr, uses] : model.uses) {
    if (uses.size() < 3) continue;
    Collector all;
    must(walk.extent_users(bytenr, std::nullopt, all));
    Collector two;
    two.stop_after = 2;
    must(walk.extent_users(bytenr, std::nullopt, two));
    ASSERT_EQ(two.users.size(), 2u);
    EXPECT_TRUE(std::equal(two.users.begin(), two.users.end(), all.users.begin()));
  }
}

TEST(BackrefWalk, AnAddressWithoutAnExtentIsUsedByNobody) {
  auto fs = open_sharing_image();
  Collector collector;
  must(BackrefWalk(fs->forest()).extent_users(4096, 0, collector));
  EXPECT_TRUE(collector.users.empty());
}

// Trees made by hand: an extent at `extent` of which the extent tree says what the test wants.
constexpr u64 extent = u64{1} << 40;

std::vector<u8> file_extent(u64 disk_bytenr, u64 offset, u64 num_bytes) {
  FileExtentItem item{};
  item.generation = 5;
  item.type = FILE_EXTENT_REG;
  item.disk_bytenr = disk_bytenr;
  item.disk_num_bytes = 1 << 20;
  item.ram_bytes = 1 << 20;
  item.offset = offset;
  item.num_bytes = num_bytes;
  return item_bytes(item);
}

std::vector<u8> inode_item() {
  InodeItem item{};
  item.generation = 5;
  item.transid = 5;
  item.size = 4096;
  item.nlink = 1;
  item.mode = MODE_REGULAR | 0644;
  return item_bytes(item);
}

std::vector<u8> extent_item(u64 flags, u64 refs) {
  ExtentItem item{};
  item.refs = refs;
  item.generation = 5;
  item.flags = flags;
  return item_bytes(item);
}

TestItem keyed_data_ref(u64 place, u64 root, u64 objectid, u64 offset, u32 count) {
  ExtentDataRef ref{};
  ref.root = root;
  ref.objectid = objectid;
  ref.offset = offset;
  ref.count = count;
  return {{extent, EXTENT_DATA_REF_KEY, place}, item_bytes(ref)};
}

std::vector<u64> inodes(const std::vector<ExtentUser>& users) {
  std::vector<u64> list;
  for (const ExtentUser& user : users)
    list.push_back(user.ino);
  return list;
}

// A subvolume 256 whose inodes 300, 301, ... refer to the extent, two of them in a leaf, and what
// the extent tree has.
TestImage image_of(std::vector<TestItem> references, u64 inode_count, u64 refs) {
  std::vector<TestItem> files;
  for (u64 i = 0; i < inode_count; ++i) {
    files.push_back({{300 + i, INODE_ITEM_KEY, 0}, inode_item()});
    files.push_back({{300 + i, EXTENT_DATA_KEY, 0}, file_extent(extent, 0, 4096)});
  }
  std::vector<TestItem> extents{
      {{extent, EXTENT_ITEM_KEY, 1 << 20}, extent_item(EXTENT_FLAG_DATA, refs)}};
  extents.insert(extents.end(), references.begin(), references.end());
  return ImageBuilder()
      .tree(EXTENT_TREE_OBJECTID, extents)
      .tree(FS_TREE_OBJECTID, {})
      .tree(256, files, 4)
      .build();
}

TEST(BackrefWalk, ReferencesAreResolvedFromTheHighestInodeDown) {
  TestImage image = image_of({keyed_data_ref(1, 256, 301, 0, 1), keyed_data_ref(2, 256, 303, 0, 1),
                              keyed_data_ref(3, 256, 302, 0, 1), keyed_data_ref(4, 256, 300, 0, 1)},
                             4, 4);
  auto fs = must(Filesystem::open(image.devices()));

  // The extent tree knows nothing of the leaves, so that their roots are given here.
  class KnowsRoots final : public BackrefVisitor {
   public:
    std::optional<std::span<const u64>> known_roots(u64) override { return roots; }
    WalkStep found(const ExtentUser& user) override {
      users.push_back(user);
      return WalkStep::go_on;
    }
    std::vector<u64> roots{256};
    std::vector<ExtentUser> users;
  } visitor;
  must(BackrefWalk(fs->forest()).extent_users(extent, 0, visitor));
  // Once as soon as each item is met, and once more leaf by leaf, in the order leaves were met.
  EXPECT_EQ(inodes(visitor.users), (std::vector<u64>{303, 302, 301, 300, 303, 302, 301, 300}));
}

TEST(BackrefWalk, ReferencesThatPromiseTooMuchOrTreesThatAreNotThereDoNoHarm) {
  TestImage image = image_of(
      {keyed_data_ref(1, 256, 300, 0, 0xffffffff), keyed_data_ref(2, 999, 300, 0, 1),
       keyed_data_ref(3, 256, LAST_FREE_OBJECTID, 0, 7), keyed_data_ref(4, 256, 301, ~u64{4095}, 2),
       keyed_data_ref(5, 256, 302, 0, 1), keyed_data_ref(6, DATA_RELOC_TREE_OBJECTID, 300, 0, 1)},
      4, 4);
  auto fs = must(Filesystem::open(image.devices()));
  Collector collector;
  must(BackrefWalk(fs->forest()).extent_users(extent, 0, collector));
  EXPECT_TRUE(collector.users.empty());  // no leaf has an item in the extent tree
}

TEST(BackrefWalk, ASharedReferenceToWhatIsNoLeafIsAnErrorWithItsAddress) {
  SharedDataRef shared{};
  shared.count = 1;
  constexpr u64 nowhere = u64{1} << 50;
  TestImage image = image_of({{{extent, SHARED_DATA_REF_KEY, nowhere}, item_bytes(shared)}}, 1, 1);
  auto fs = must(Filesystem::open(image.devices()));
  Collector collector;
  auto walked = BackrefWalk(fs->forest()).extent_users(extent, 0, collector);
  ASSERT_FALSE(walked.ok());
  EXPECT_EQ(walked.error().address(), nowhere);
}

TEST(BackrefWalk, BlocksThatNameEachOtherAsParentsEndTheSearchForRoots) {
  auto block = [](u64 bytenr, u64 parent) {
    ExtentInlineRef ref{};
    ref.type = SHARED_BLOCK_REF_KEY;
    ref.offset = parent;
    return TestItem{{bytenr, METADATA_ITEM_KEY, 1},
                    joined({extent_item(EXTENT_FLAG_TREE_BLOCK, 1), item_bytes(ref)})};
  };
  TestImage image =
      ImageBuilder()
          .tree(EXTENT_TREE_OBJECTID,
                {block(1 << 20, 2 << 20), block(2 << 20, 3 << 20), block(3 << 20, 1 << 20)})
          .tree(FS_TREE_OBJECTID, {})
          .build();
  auto fs = must(Filesystem::open(image.devices()));
  BackrefWalk walk(fs->forest());
  EXPECT_TRUE(must(walk.block_roots(1 << 20)).empty());
}

TEST(BackrefWalk, BlocksWithMoreReferencesThanAllowedLeadNowhere) {
  auto fs = open_sharing_image();
  Model model(*fs);
  BackrefWalk limited(fs->forest(), 0);
  for (const auto& [bytenr, roots] : model.roots_of_blocks) {
    EXPECT_TRUE(must(limited.block_roots(bytenr)).empty());
  }
}

}  // namespace
}  // namespace canopy
