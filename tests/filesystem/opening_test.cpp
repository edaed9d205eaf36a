// Opening a filesystem otherwise than by its newest superblock, and what is said of it.

#include <gtest/gtest.h>

#include <algorithm>

#include "filesystem/filesystem.h"
#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

TestImage small_image() {
  return ImageBuilder()
      .tree(256, {opaque_item({256, 1, 0}, 160)})
      .disk_size((u64{64} << 20) + SUPER_INFO_SIZE)
      .build();
}

bool warns_of(const Filesystem& filesystem, const std::string& words) {
  return std::ranges::any_of(filesystem.warnings(), [&](const std::string& warning) {
    return warning.find(words) != std::string::npos;
  });
}

// Makes backup root `slot` what the superblock says now.
void put_backup(Superblock& super, u32 slot) {
  RootBackup& backup = super.super_roots[slot];
  backup.tree_root = super.root;
  backup.tree_root_gen = super.generation;
  backup.tree_root_level = super.root_level;
  backup.chunk_root = super.chunk_root;
  backup.chunk_root_gen = super.chunk_root_generation;
  backup.chunk_root_level = super.chunk_root_level;
  backup.total_bytes = super.total_bytes;
  backup.bytes_used = super.bytes_used;
  backup.num_devices = super.num_devices;
}

TEST(Opening, SaysThatThereIsALogTree) {
  TestImage image = small_image();
  EXPECT_FALSE(warns_of(*must(Filesystem::open(image.devices())), "log tree"));
  image.edit_superblocks([](Superblock& super) { super.log_root = super.root; });
  EXPECT_TRUE(warns_of(*must(Filesystem::open(image.devices())), "log tree"));
}

TEST(Opening, RefusesFeaturesThatItDoesNotKnowAndReadsThoseThatOnlyForbidWriting) {
  TestImage image = small_image();
  image.edit_superblocks([](Superblock& super) { super.compat_ro_flags = u64{1} << 40; });
  EXPECT_TRUE(warns_of(*must(Filesystem::open(image.devices())), "0x10000000000"));
  image.edit_superblocks([](Superblock& super) {
    super.incompat_flags = super.incompat_flags | u64{1} << 40 | FEATURE_INCOMPAT_EXTENT_TREE_V2;
  });
  const std::string text = error_text(Filesystem::open(image.devices()));
  EXPECT_NE(text.find("EXTENT_TREE_V2, 0x10000000000"), std::string::npos) << text;
}

TEST(Opening, TakesTheCopyOfTheSuperblockThatWasAskedFor) {
  TestImage image = small_image();
  image.edit_superblock(1, [](Superblock& super) {
    if (super.bytenr == SUPER_OFFSETS[1]) super.label[0] = 'x';
  });
  EXPECT_EQ(must(Filesystem::open(image.devices()))->super().label[0], 0);
  EXPECT_EQ(must(Filesystem::open(image.devices(), {.super_copy = 1}))->super().label[0], 'x');
  const std::string text = error_text(Filesystem::open(image.devices(), {.super_copy = 2}));
  EXPECT_NE(text.find("copy 2 of the superblock cannot be used"), std::string::npos) << text;
}

TEST(Opening, GoesBackToACommitOfWhichABackupRootTells) {
  TestImage image = small_image();
  image.edit_superblocks([](Superblock& super) {
    put_backup(super, 2);
    super.generation = super.generation + 5;
    super.root = super.root + (u64{1} << 30);
  });
  EXPECT_FALSE(must(Filesystem::open(image.devices()))->forest().root(256).ok());
  for (const OpenOptions& options :
       {OpenOptions{.backup_root = 2}, OpenOptions{.generation = image.shape().generation}}) {
    auto filesystem = must(Filesystem::open(image.devices(), options));
    EXPECT_TRUE(filesystem->is_earlier_commit());
    EXPECT_TRUE(warns_of(*filesystem, "opened as of generation 7"));
    EXPECT_NE(must(filesystem->forest().root(256)), nullptr);
  }
  EXPECT_EQ(error_text(Filesystem::open(image.devices(), {.backup_root = 1})),
            "backup root 1 is empty");
  const std::string text = error_text(Filesystem::open(image.devices(), {.generation = 3}));
  EXPECT_NE(text.find("no backup root of generation 3, but of 0, 0, 7, 0"), std::string::npos)
      << text;
}

}  // namespace
}  // namespace canopy
