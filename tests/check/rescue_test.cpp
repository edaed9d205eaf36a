// A rescue: of a damaged filesystem everything is seen but what was damaged, and what that was is
// listed.

#include <gtest/gtest.h>

#include <algorithm>

#include "checksum/crc32c.h"
#include "damaged_image.h"
#include "files/file_contents.h"
#include "files/subvolume.h"
#include "send/send.h"
#include "stream/sink.h"
#include "support/must.h"
#include "tree/search.h"

namespace canopy {
namespace {

constexpr const char* IMAGE = TEST_IMAGES_DIR "/sharing.img.zst";

class Rescue : public testing::Test {
 protected:
  // Makes all copies of a block bad, and not by the same change.
  void ruin(u64 logical) {
    for (u32 mirror = 1; mirror <= image_.original().volume().num_mirrors(logical); ++mirror)
      image_.flip(logical + 1000 + mirror, mirror);
  }
  std::unique_ptr<Filesystem> open(const std::shared_ptr<Losses>& losses = nullptr) {
    std::vector<std::unique_ptr<Device>> devices;
    devices.push_back(std::make_unique<SparseDevice>(image_.device()));
    OpenOptions options;
    options.losses = losses;
    return must(Filesystem::open(std::move(devices), options));
  }
  // The subvolume of most leaves, which has nodes.
  u64 large_subvolume() {
    u64 best = 0, most = 0;
    for (const u64 tree : image_.subvolumes()) {
      const auto root = must(image_.original().forest().root(tree));
      if (root->pointer().level == 0 || root->item().bytes_used <= most) continue;
      most = root->item().bytes_used;
      best = tree;
    }
    CHECK(best != 0);
    return best;
  }

  DamagedImage image_{IMAGE};
};

std::vector<Key> keys_forward(Filesystem& filesystem, const RootPointer& root) {
  std::vector<Key> keys;
  Path path;
  bool more = must(search_at_or_after(filesystem.cache(), root, Key{}, path));
  for (; more; more = must(next_item(filesystem.cache(), root.tree, path)))
    keys.push_back(path.key());
  return keys;
}

std::vector<Key> keys_backward(Filesystem& filesystem, const RootPointer& root) {
  std::vector<Key> keys;
  Path path;
  const Key last{~u64{0}, 0xff, ~u64{0}};
  bool more = must(search_at_or_before(filesystem.cache(), root, last, path));
  while (more) {
    for (u32 slot = path.slot() + 1; slot > 0; --slot)
      keys.push_back(path.leaf().key(slot - 1));
    more = must(prev_leaf(filesystem.cache(), root.tree, path));
  }
  std::ranges::reverse(keys);
  return keys;
}

TEST_F(Rescue, OfATreeAllItemsAreSeenButThoseBelowTheLostBlock) {
  const u64 tree = large_subvolume();
  const RootPointer root = must(image_.original().forest().root(tree))->pointer();
  const std::vector<Key> all = keys_forward(image_.original(), root);
  const BlockRef node = must(read_root(image_.original().cache(), root));
  ASSERT_GT(node->nritems(), 2u);
  // The first, one within, and the last.
  for (const u32 slot : {0u, node->nritems() / 2, node->nritems() - 1}) {
    image_ = DamagedImage(IMAGE);
    ruin(node->blockptr(slot));
    const Key first = node->key(slot);
    const bool is_last = slot + 1 == node->nritems();
    std::vector<Key> left = all;
    std::erase_if(left, [&](const Key& key) {
      return key >= first && (is_last || key < node->key(slot + 1));
    });
    ASSERT_LT(left.size(), all.size());
    {
      auto strict = open();
      Path path;
      EXPECT_FALSE(search_slot(strict->cache(), root, first, path).ok());
    }
    const auto losses = std::make_shared<Losses>();
    auto rescued = open(losses);
    EXPECT_EQ(keys_forward(*rescued, root), left);
    EXPECT_EQ(keys_backward(*rescued, root), left);
    ASSERT_EQ(losses->blocks().size(), 1u);
    const LostBlock lost = losses->blocks()[0];
    EXPECT_EQ(lost.tree, tree);
    EXPECT_EQ(lost.address, node->blockptr(slot));
    EXPECT_EQ(lost.first, first);
    EXPECT_EQ(lost.end.has_value(), !is_last);
    EXPECT_NE(lost.to_string().find("wrong checksum"), std::string::npos) << lost.to_string();
    // What is looked for where the block was is not there, without an error.
    Path path;
    EXPECT_FALSE(must(search_slot(rescued->cache(), root, first, path)));
  }
}

TEST_F(Rescue, ATreeWithoutItsRootIsEmpty) {
  const u64 tree = large_subvolume();
  const RootPointer root = must(image_.original().forest().root(tree))->pointer();
  ruin(root.bytenr);
  const auto losses = std::make_shared<Losses>();
  auto rescued = open(losses);
  EXPECT_TRUE(keys_forward(*rescued, root).empty());
  EXPECT_TRUE(keys_backward(*rescued, root).empty());
  EXPECT_EQ(losses->count(), 1u);
  // The other subvolumes are still listed.
  EXPECT_EQ(must(SubvolumeList::read(rescued->forest())).all().size(),
            must(SubvolumeList::read(image_.original().forest())).all().size());
}

TEST_F(Rescue, DataWithoutAGoodCopyIsGivenAsItIs) {
  const u64 tree = large_subvolume();
  // The first regular file that has a plain extent.
  const RootPointer root = must(image_.original().forest().root(tree))->pointer();
  Path path;
  u64 ino = 0, logical = 0;
  bool more = must(search_at_or_after(image_.original().cache(), root, Key{}, path));
  for (; more && ino == 0; more = must(next_item(image_.original().cache(), tree, path))) {
    if (path.key().type != EXTENT_DATA_KEY || path.key().offset != 0) continue;
    const FileExtent extent = must(parse_file_extent(path.item(), true));
    if (extent.is_inline() || extent.is_zeros() || extent.is_compressed()) continue;
    ino = path.key().objectid;
    logical = extent.item.disk_bytenr + extent.item.offset;
  }
  ASSERT_NE(ino, 0u);
  std::vector<u8> before(4096), after(4096);
  {
    const auto files = must(SubvolumeFiles::open(image_.original().forest(), tree));
    must(FileContents(files).read(ino, 0, before));
  }
  for (u32 mirror = 1; mirror <= image_.original().volume().num_mirrors(logical); ++mirror)
    image_.flip(logical + 100, mirror);
  {
    auto strict = open();
    const auto files = must(SubvolumeFiles::open(strict->forest(), tree));
    EXPECT_FALSE(FileContents(files).read(ino, 0, after).ok());
  }
  const auto losses = std::make_shared<Losses>();
  auto rescued = open(losses);
  const auto files = must(SubvolumeFiles::open(rescued->forest(), tree));
  must(FileContents(files).read(ino, 0, after));
  before[100] ^= 1;
  EXPECT_EQ(before, after);
  ASSERT_EQ(losses->data().size(), 1u);
  EXPECT_EQ(losses->data()[0].address, logical);
  EXPECT_EQ(losses->data()[0].length, image_.original().super().sectorsize);
  EXPECT_TRUE(losses->data()[0].is_there);
}

TEST_F(Rescue, AFilesystemWithoutItsRootTreeIsOpenedAsOfAnEarlierCommit) {
  const Superblock& super = image_.original().super();
  ruin(super.root);
  const auto losses = std::make_shared<Losses>();
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(std::make_unique<SparseDevice>(image_.device()));
  OpenOptions options;
  options.losses = losses;
  auto rescued = Filesystem::open(std::move(devices), options);
  bool known = false;  // whether an earlier commit is still there
  for (u32 slot = 0; slot < NUM_BACKUP_ROOTS; ++slot) {
    const RootBackup& backup = super.super_roots[slot];
    if (backup.tree_root == 0 || backup.tree_root_gen >= super.generation) continue;
    auto block = image_.original().cache().read(
        backup.tree_root,
        {.generation = backup.tree_root_gen, .level = backup.tree_root_level, .tree = 1});
    known = known || block.ok();
  }
  ASSERT_EQ(rescued.ok(), known);
  if (!known) return;
  EXPECT_LT(rescued.value()->super().generation, super.generation);
  EXPECT_TRUE(rescued.value()->is_earlier_commit());
}

TEST_F(Rescue, IsNeitherSentNorChanged) {
  auto rescued = open(std::make_shared<Losses>());
  EXPECT_EQ(rescued->writer().error().code(), Code::unsupported);
  SendRequest request;
  request.subvolume = large_subvolume();
  MemorySink sink;
  auto sent = send_subvolume(*rescued, request, sink);
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code(), Code::unsupported);
}

TEST(Losses, OfDataThatFollowEachOtherAreOne) {
  Losses losses;
  for (const u64 at : {u64{8192}, u64{12288}, u64{16384}, u64{12288}, u64{40960}})
    losses.add(LostData{at, 4096, false, "gone"});
  losses.add(LostData{45056, 4096, true, "gone"});
  ASSERT_EQ(losses.data().size(), 3u);
  EXPECT_EQ(losses.data()[0].length, 3u * 4096);
  EXPECT_EQ(losses.lines().size(), 3u);
  losses.add(LostBlock{5, 4096, 0, std::nullopt, Key{5, 1, 0}, "bad"});
  losses.add(LostBlock{5, 4096, 0, std::nullopt, Key{5, 1, 0}, "bad"});
  losses.add(LostFile{5, 257, "a", "no inode"});
  EXPECT_EQ(losses.count(), 5u);
}

}  // namespace
}  // namespace canopy
