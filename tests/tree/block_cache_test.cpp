#include "tree/block_cache.h"

#include <gtest/gtest.h>

#include <thread>

#include "filesystem/filesystem.h"
#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

constexpr u64 TREE = QUOTA_TREE_OBJECTID;
constexpr Key KEY = {1, TEMPORARY_ITEM_KEY, 1};

TestImage small_image(ImageShape shape = {.nodesize = 4096}) {
  return ImageBuilder(shape).tree(TREE, {opaque_item(KEY, 10)}).build();
}

BlockExpectation expectation(const RootPointer& root) {
  BlockExpectation expected;
  expected.generation = root.generation;
  expected.level = root.level;
  expected.tree = root.tree;
  return expected;
}

// The message of reading the root of TREE after a change to the block.
std::string refusal(const std::function<void(MutableBytes)>& edit) {
  TestImage image = small_image();
  image.edit_block(image.root(TREE).bytenr, edit);
  auto filesystem = must(Filesystem::open(image.devices()));
  return error_text(read_root(filesystem->cache(), image.root(TREE)));
}

template <typename T>
auto setter(std::size_t offset, T value) {
  return [=](MutableBytes block) { store_le<T>(block.data() + offset, value); };
}

TEST(BlockCache, RefusesABlockThatIsNotWhatItsParentSays) {
  EXPECT_EQ(refusal([](MutableBytes) {}), "");
  const std::string address = " [EIO] (logical address 3145728)";
  EXPECT_EQ(refusal(setter<u64>(offsetof(Header, generation), 6)),
            "mirror 1: tree block: generation 6 instead of 7" + address);
  EXPECT_EQ(refusal(setter<u64>(offsetof(Header, bytenr), 4096)),
            "mirror 1: tree block: says it lies at 4096" + address);
  EXPECT_EQ(refusal(setter<u64>(offsetof(Header, owner), 256)),
            "mirror 1: tree block: belongs to tree 256 instead of QUOTA_TREE" + address);
  EXPECT_EQ(refusal(setter<u8>(offsetof(Header, fsid), 0)),
            "mirror 1: tree block: of another filesystem" + address);
  EXPECT_NE(refusal(setter<u8>(offsetof(Header, level), 1)), "");
}

TEST(BlockCache, HoldsExpectationsAgainstABlockThatItHasToo) {
  TestImage image = small_image();
  auto filesystem = must(Filesystem::open(image.devices()));
  BlockCache& cache = filesystem->cache();
  const RootPointer root = image.root(TREE);
  must(cache.read(root.bytenr, expectation(root)));
  BlockExpectation expected = expectation(root);
  expected.generation = 8;
  EXPECT_EQ(error_text(cache.read(root.bytenr, expected)),
            "tree block: generation 7 instead of 8 [EUCLEAN] (logical address 3145728)");
  expected = expectation(root);
  expected.first_key = Key{1, 1, 1};
  EXPECT_FALSE(cache.read(root.bytenr, expected).ok());
  expected.first_key = KEY;
  EXPECT_TRUE(cache.read(root.bytenr, expected).ok());
  expected.level = 1;
  EXPECT_FALSE(cache.read(root.bytenr, expected).ok());
  // A subvolume's block may be named after another subvolume, any tree's after any for tree 0.
  expected = expectation(root);
  expected.tree = 0;
  EXPECT_TRUE(cache.read(root.bytenr, expected).ok());
}

TEST(BlockCache, ASubvolumeMayHaveBlocksOfAnother) {
  TestImage image = ImageBuilder({.nodesize = 4096}).tree(256, {}).build();
  image.edit_block(image.root(256).bytenr, setter<u64>(offsetof(Header, owner), 257));
  auto filesystem = must(Filesystem::open(image.devices()));
  EXPECT_TRUE(read_root(filesystem->cache(), image.root(256)).ok());
}

TEST(BlockCache, TakesAnotherMirrorAndRemembersTheBadOne) {
  for (u64 profile : {BLOCK_GROUP_RAID1, BLOCK_GROUP_DUP, BLOCK_GROUP_RAID1C3, BLOCK_GROUP_RAID10,
                      BLOCK_GROUP_RAID5, BLOCK_GROUP_RAID6}) {
    u32 devices = profile == BLOCK_GROUP_DUP ? 1 : profile == BLOCK_GROUP_RAID1 ? 2 : 3;
    if (profile == BLOCK_GROUP_RAID10 || profile == BLOCK_GROUP_RAID6) devices = 4;
    TestImage image = small_image({.nodesize = 4096, .profile = profile, .devices = devices});
    const u64 logical = image.root(TREE).bytenr;
    const TestImage::Place place = image.places(logical)[0];
    image.disk(place.devid)[place.physical + 200] ^= 1;
    auto filesystem = must(Filesystem::open(image.devices()));
    BlockRef block = must(read_root(filesystem->cache(), image.root(TREE)));
    EXPECT_EQ(block->key(0), KEY);
    auto bad = filesystem->cache().repairs().copies();
    ASSERT_EQ(bad.size(), 1u);
    EXPECT_EQ(bad[0].address, logical);
    EXPECT_EQ(bad[0].mirror, 1u);
    EXPECT_EQ(bad[0].devid, place.devid);
    EXPECT_EQ(bad[0].physical, place.physical);
    EXPECT_EQ(bad[0].reason, "tree block: wrong checksum");
  }
}

TEST(BlockCache, AStaleMirrorIsPassedOver) {
  TestImage image = small_image({.nodesize = 4096, .profile = BLOCK_GROUP_RAID1, .devices = 2});
  TestImage old = image;
  const u64 logical = image.root(TREE).bytenr;
  old.edit_block(logical, setter<u64>(offsetof(Header, generation), 5));
  const TestImage::Place place = image.places(logical)[0];
  std::copy_n(old.disk(place.devid).begin() + static_cast<std::ptrdiff_t>(place.physical), 4096,
              image.disk(place.devid).begin() + static_cast<std::ptrdiff_t>(place.physical));
  auto filesystem = must(Filesystem::open(image.devices()));
  EXPECT_EQ(must(read_root(filesystem->cache(), image.root(TREE)))->generation(), 7u);
  EXPECT_EQ(filesystem->cache().repairs().copies()[0].reason,
            "tree block: generation 5 instead of 7");
}

TEST(BlockCache, NamesTheReasonOfEveryMirrorWhenAllAreBad) {
  TestImage image = small_image({.nodesize = 4096, .profile = BLOCK_GROUP_RAID1, .devices = 2});
  for (const TestImage::Place& place : image.places(image.root(TREE).bytenr))
    image.disk(place.devid)[place.physical + 200] ^= 1;
  auto filesystem = must(Filesystem::open(image.devices()));
  EXPECT_EQ(error_text(read_root(filesystem->cache(), image.root(TREE))),
            "mirror 1: tree block: wrong checksum; mirror 2: tree block: wrong checksum [EIO] "
            "(logical address 3145728)");
}

TEST(BlockCache, ReadsEveryChecksumTypeAndNodeSize) {
  for (u16 csum_type : {CSUM_TYPE_CRC32, CSUM_TYPE_XXHASH, CSUM_TYPE_SHA256, CSUM_TYPE_BLAKE2})
    for (u32 nodesize = 4096; nodesize <= 65536; nodesize *= 2) {
      TestImage image = small_image({.nodesize = nodesize, .csum_type = csum_type});
      auto filesystem = must(Filesystem::open(image.devices()));
      EXPECT_TRUE(read_root(filesystem->cache(), image.root(TREE)).ok());
    }
}

TEST(BlockCache, KeepsWhatWasReadWhileThereIsRoom) {
  std::vector<TestItem> items;
  for (u64 i = 0; i < 300; ++i)
    items.push_back(opaque_item({i, TEMPORARY_ITEM_KEY, 1}, 10));
  TestImage image = ImageBuilder({.nodesize = 4096}).tree(TREE, items, 1, 100).build();
  auto filesystem = must(Filesystem::open(image.devices()));
  auto walk = [&](BlockCache& cache) {
    Path path;
    u32 count = 0;
    bool more = must(search_at_or_after(cache, image.root(TREE), Key{}, path));
    for (; more; more = must(next_item(cache, TREE, path)))
      ++count;
    EXPECT_EQ(count, 300u);
    return cache.blocks_read();
  };
  BlockCache& large = filesystem->cache();
  const u64 first = walk(large);
  EXPECT_EQ(walk(large), first);
  BlockCache small(filesystem->volume(), large.format(), 64 * 4096);
  EXPECT_EQ(walk(small), 304u);
  EXPECT_GT(walk(small), 304u);
}

TEST(BlockCache, ServesManyThreadsAtOnce) {
  std::vector<TestItem> items;
  for (u64 i = 0; i < 200; ++i)
    items.push_back(opaque_item({i, TEMPORARY_ITEM_KEY, 1}, 10));
  TestImage image = ImageBuilder({.nodesize = 4096}).tree(TREE, items, 1, 20).build();
  auto filesystem = must(Filesystem::open(image.devices()));
  BlockCache cache(filesystem->volume(), filesystem->cache().format(), 64 * 4096);
  std::vector<std::thread> threads;
  std::atomic<u32> found{0};
  for (u64 thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      Path path;
      for (u64 i = 0; i < 2000; ++i)
        if (must(search_slot(cache, image.root(TREE),
                             {(i * 7 + thread) % 200, TEMPORARY_ITEM_KEY, 1}, path)))
          ++found;
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(found, 8000u);
}

}  // namespace
}  // namespace canopy
