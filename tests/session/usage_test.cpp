// What the space of the sample is used for: the parts add up, and files, extents and owners agree.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "files/subvolume_files.h"
#include "sample_session.h"
#include "session/file_details.h"
#include "session/owners_view.h"
#include "session/usage_view.h"
#include "support/must.h"

namespace canopy {
namespace {

const std::atomic<bool> wanted{false};

TEST(Usage, PartsAddUpToTheWhole) {
  const auto filesystem = filesystem_of_sample();
  const UsageView view = read_usage_view(*filesystem);
  ASSERT_EQ(view.problem, "");
  u64 allocated = 0;
  u64 used = 0;
  for (const auto& [kind, space] : view.usage.spaces) {
    allocated += space.on_disk;
    used += space.used;
    EXPECT_LE(space.used, space.total);
  }
  EXPECT_EQ(allocated, view.usage.allocated);
  EXPECT_EQ(used, filesystem->super().bytes_used);
  EXPECT_EQ(view.usage.total, filesystem->super().total_bytes);
  u64 stripes = 0;
  for (const ChunkRow& chunk : view.chunks)
    stripes += chunk.length;
  EXPECT_EQ(stripes, allocated);
  ASSERT_EQ(view.smallest.size(), 1u);
  ASSERT_TRUE(view.smallest[0].bytes);
  EXPECT_GE(*view.smallest[0].bytes, allocated);
  EXPECT_LE(*view.smallest[0].bytes, view.usage.total);
}

TEST(Usage, WhatSubvolumesTakeIsAtMostTheWhole) {
  const auto filesystem = filesystem_of_sample();
  std::atomic<u64> counted{0};
  const DiskUseView view = read_disk_use(*filesystem, counted, wanted);
  ASSERT_EQ(view.problem, "");
  const auto list = must(SubvolumeList::read(filesystem->forest()));
  EXPECT_EQ(view.rows.size(), list.all().size());
  EXPECT_GT(counted.load(), 0u);
  const auto top = std::ranges::find(view.rows, FS_TREE_OBJECTID, &DiskUseView::Row::subvolume);
  ASSERT_NE(top, view.rows.end());
  for (const DiskUseView::Row& row : view.rows) {
    EXPECT_LE(row.use.exclusive, row.use.total);
    EXPECT_LE(row.use.total, top->use.total) << "all others lie in the top";
    EXPECT_NE(view.text.find(row.use.path + "\n"), std::string::npos);
  }
}

TEST(Usage, CountingEndsWhenNobodyWaits) {
  const auto filesystem = filesystem_of_sample();
  const std::atomic<bool> dropped{true};
  std::atomic<u64> counted{0};
  EXPECT_TRUE(read_disk_use(*filesystem, counted, dropped).rows.empty());
  EXPECT_EQ(counted.load(), 0u);
  EXPECT_TRUE(read_all_tree_stats(*filesystem, counted, dropped).rows.empty());
}

TEST(Usage, TreesHaveTheBlocksThatTheirRootsSay) {
  const auto filesystem = filesystem_of_sample();
  std::atomic<u64> counted{0};
  const TreeStatsView view = read_all_tree_stats(*filesystem, counted, wanted);
  ASSERT_EQ(view.problem, "");
  for (const TreeStatsView::Row& row : view.rows) {
    const auto root = must(filesystem->forest().root(row.tree));
    EXPECT_EQ(row.stats.level, root->pointer().level);
    EXPECT_EQ(row.stats.blocks[row.stats.level], 1u);
    if (row.tree == ROOT_TREE_OBJECTID || row.tree == CHUNK_TREE_OBJECTID) continue;
    EXPECT_EQ(row.stats.total_nodes * row.stats.nodesize, root->item().bytes_used) << row.tree;
  }
}

TEST(Owners, AFileIsAmongThoseOfItsExtents) {
  const auto filesystem = filesystem_of_sample();
  const auto list = must(SubvolumeList::read(filesystem->forest()));
  u64 checked = 0;
  for (const Subvolume& subvolume : list.all()) {
    const auto files = must(SubvolumeFiles::open(filesystem->forest(), subvolume.id));
    for (u64 ino = 256; ino < 700; ino++) {
      const FileDetails details = read_file_details(*filesystem, {{subvolume.id, ino}, 0}, wanted);
      if (details.extents.empty() || details.extents[0].is_inline() || details.extents[0].is_hole())
        continue;
      const OwnersView view =
          read_owners(*filesystem, {details.extents[0].item.disk_bytenr, true, 0}, wanted);
      ASSERT_EQ(view.problem, "");
      EXPECT_TRUE(std::ranges::any_of(view.owners,
                                      [&](const ExtentOwner& owner) {
                                        return owner.user.root == subvolume.id &&
                                               owner.user.ino == ino && !owner.paths.empty();
                                      }))
          << subvolume.id << " " << ino;
      checked++;
    }
  }
  EXPECT_GT(checked, 0u);
}

TEST(Owners, ARootIsReachedFromItsTreeAlone) {
  const auto filesystem = filesystem_of_sample();
  const auto root = must(filesystem->forest().root(FS_TREE_OBJECTID));
  const OwnersView view = read_owners(*filesystem, {root->pointer().bytenr, false, 0}, wanted);
  EXPECT_EQ(view.problem, "");
  EXPECT_EQ(view.trees, std::vector<u64>{FS_TREE_OBJECTID});
}

TEST(Owners, OfWhatIsNoExtentNobodyIsFound) {
  const auto filesystem = filesystem_of_sample();
  const OwnersView view = read_owners(*filesystem, {1, true, 0}, wanted);
  EXPECT_TRUE(view.owners.empty());
}

}  // namespace
}  // namespace canopy
