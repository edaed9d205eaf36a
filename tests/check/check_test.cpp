// Each kind of damage is found for what it is: one thing is changed in a healthy filesystem that a
// kernel made, and the check says what.

#include "check/check.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "checksum/crc32c.h"
#include "damaged_image.h"
#include "ondisk/extent_item.h"
#include "ondisk/file_extent.h"
#include "ondisk/free_space.h"
#include "ondisk/quota.h"
#include "ondisk/root_item.h"
#include "support/must.h"

namespace canopy {
namespace {

constexpr const char* IMAGE = TEST_IMAGES_DIR "/sharing.img.zst";

// Expects findings of one kind only, and that the first says `reason`.
void expect_only(const CheckReport& report, Problem problem, const std::string& reason) {
  ASSERT_FALSE(report.findings.empty());
  for (const Finding& finding : report.findings)
    EXPECT_EQ(problem_name(finding.problem), std::string(problem_name(problem)));
  EXPECT_NE(report.findings[0].to_string().find(reason), std::string::npos) << text_of(report);
  EXPECT_EQ(report.errors, report.findings.size());
}

// Whether there is a finding of this kind that says `reason`.
void expect_found(const CheckReport& report, Problem problem, const std::string& reason) {
  EXPECT_TRUE(has(report, problem, reason)) << text_of(report);
}

// The first inline reference of `type` in an extent item with `flag`; 0 if there is none.
std::size_t find_inline(const FoundItem& item, u8 type, u64 flag) {
  if (item.key.type != EXTENT_ITEM_KEY && item.key.type != METADATA_ITEM_KEY) return 0;
  const u64 flags = item.get<u64>(offsetof(ExtentItem, flags));
  if ((flags & flag) == 0) return 0;
  std::size_t at = sizeof(ExtentItem);
  if (item.key.type == EXTENT_ITEM_KEY && (flags & EXTENT_FLAG_TREE_BLOCK) != 0)
    at += sizeof(TreeBlockInfo);
  for (; at < item.bytes.size(); at += extent_inline_ref_size(item.bytes[at]))
    if (item.bytes[at] == type) return at;
  return 0;
}

class Check : public testing::Test {
 protected:
  bool edit_inline(u8 type, u64 flag,
                   const std::function<void(const FoundItem&, std::size_t)>& edit) {
    return image_.edit_item(EXTENT_TREE_OBJECTID, [&](const FoundItem& item) {
      const std::size_t at = find_inline(item, type, flag);
      if (at == 0) return false;
      edit(item, at);
      return true;
    });
  }
  // The first item of `type` of an inode above the root directory in any subvolume.
  bool edit_file_item(u8 type, const DamagedImage::Edit& edit) {
    return std::ranges::any_of(image_.subvolumes(), [&](u64 tree) {
      return image_.edit_item(tree, [&](const FoundItem& item) {
        return item.key.type == type && item.key.objectid > FIRST_FREE_OBJECTID &&
               is_subvolume_id(item.key.objectid) && edit(item);
      });
    });
  }

  DamagedImage image_{IMAGE};
};

TEST_F(Check, AHealthyFilesystemIsClean) {
  const CheckReport report = image_.check({.check_data_csum = true});
  EXPECT_EQ(text_of(report), "");
  EXPECT_TRUE(report.clean());
  EXPECT_GT(report.tree_bytes, 0u);
  EXPECT_EQ(report.bytes_used, image_.original().super().bytes_used);
}

TEST_F(Check, EndsWhenItIsCancelled) {
  CheckControl control;
  control.cancelled = true;
  auto result = check_filesystem(image_.original(), {}, &control);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::cancelled);
}

TEST_F(Check, FindsAReferenceFromAnotherSubvolume) {
  ASSERT_TRUE(
      edit_inline(EXTENT_DATA_REF_KEY, EXTENT_FLAG_DATA, [](const FoundItem& item, std::size_t at) {
        item.put<u64>(at + 1, item.get<u64>(at + 1) + 1000);
      }));
  expect_only(image_.check(), Problem::reference, "found once, but not recorded");
}

TEST_F(Check, FindsATreeBlockThatIsReferredToFromAnotherTree) {
  ASSERT_TRUE(
      edit_inline(TREE_BLOCK_REF_KEY, EXTENT_FLAG_TREE_BLOCK,
                  [](const FoundItem& item, std::size_t at) { item.put<u64>(at + 1, 300); }));
  expect_only(image_.check(), Problem::reference, "tree block backref root");
}

TEST_F(Check, FindsAnExtentItemOfAnotherGeneration) {
  ASSERT_TRUE(edit_inline(TREE_BLOCK_REF_KEY, EXTENT_FLAG_TREE_BLOCK,
                          [](const FoundItem& item, std::size_t) {
                            const std::size_t at = offsetof(ExtentItem, generation);
                            item.put<u64>(at, item.get<u64>(at) - 1);
                          }));
  expect_only(image_.check(), Problem::reference, "the extent item says level");
}

TEST_F(Check, FindsAWrongCountOfReferences) {
  ASSERT_TRUE(edit_inline(
      EXTENT_DATA_REF_KEY, EXTENT_FLAG_DATA,
      [](const FoundItem& item, std::size_t) { item.put<u64>(0, item.get<u64>(0) + 1); }));
  expect_only(image_.check(), Problem::extent_item, "references, but has");
}

TEST_F(Check, FindsInlineReferencesOutOfOrder) {
  ASSERT_TRUE(image_.edit_item(EXTENT_TREE_OBJECTID, [](const FoundItem& item) {
    const std::size_t at = find_inline(item, EXTENT_DATA_REF_KEY, EXTENT_FLAG_DATA);
    const std::size_t size = extent_inline_ref_size(EXTENT_DATA_REF_KEY);
    if (at == 0 || at + size >= item.bytes.size()) return false;
    if (item.bytes[at + size] != EXTENT_DATA_REF_KEY) return false;
    std::swap_ranges(item.bytes.begin() + static_cast<long>(at),
                     item.bytes.begin() + static_cast<long>(at + size),
                     item.bytes.begin() + static_cast<long>(at + size));
    return true;
  }));
  expect_found(image_.check(), Problem::unreadable_block, "inline references out of order");
}

TEST_F(Check, FindsFullBackreferencesThatWereDropped) {
  ASSERT_TRUE(image_.edit_item(EXTENT_TREE_OBJECTID, [](const FoundItem& item) {
    if (item.key.type != METADATA_ITEM_KEY) return false;
    const std::size_t at = offsetof(ExtentItem, flags);
    if ((item.get<u64>(at) & BLOCK_FLAG_FULL_BACKREF) == 0) return false;
    item.put<u64>(at, item.get<u64>(at) & ~BLOCK_FLAG_FULL_BACKREF);
    return true;
  }));
  expect_found(image_.check(), Problem::sharing, "has not full backreferences");
}

TEST_F(Check, FindsARelocatedBlockWithoutFullBackreferences) {
  ASSERT_TRUE(std::ranges::any_of(image_.subvolumes(), [&](u64 tree) {
    return image_.edit_block(tree, [](MutableBytes block) {
      const ExtentBuffer buffer(0, std::vector<u8>(block.begin(), block.end()));
      const bool free_to_take = buffer.is_leaf() && (buffer.flags() & HEADER_FLAG_RELOC) == 0;
      if (free_to_take) block[offsetof(Header, flags)] |= HEADER_FLAG_RELOC;
      return free_to_take;
    });
  }));
  const CheckReport report = image_.check();
  for (const Finding& finding : report.findings)
    EXPECT_EQ(finding.problem, Problem::sharing);
}

TEST_F(Check, FindsASharedBlockThatTheKernelWouldNotTakeForOne) {
  ASSERT_TRUE(std::ranges::any_of(image_.subvolumes(), [&](u64 tree) {
    const u64 root = must(image_.original().forest().root(tree))->pointer().bytenr;
    return image_.edit_block(tree, [root](MutableBytes block) {
      const ExtentBuffer leaf(0, std::vector<u8>(block.begin(), block.end()));
      const bool relocated = leaf.bytenr() != root && (leaf.flags() & HEADER_FLAG_RELOC) != 0;
      if (relocated) block[offsetof(Header, flags)] &= static_cast<u8>(~HEADER_FLAG_RELOC);
      return relocated;
    });
  }));
  ASSERT_TRUE(image_.edit_blocks(ROOT_TREE_OBJECTID, [](MutableBytes block) {
    const ExtentBuffer leaf(0, std::vector<u8>(block.begin(), block.end()));
    bool changed = false;
    for (u32 slot = 0; leaf.is_leaf() && slot < leaf.nritems(); ++slot) {
      if (leaf.key(slot).type != ROOT_ITEM_KEY || !is_subvolume_id(leaf.key(slot).objectid))
        continue;
      store_le<u64>(&block[leaf.item_offset(slot) + offsetof(RootItem, last_snapshot)], 1);
      changed = true;
    }
    return changed;
  }));
  expect_only(image_.check(), Problem::sharing, "above the subvolume's last_snapshot 1");
}

TEST_F(Check, FindsARootItemWhoseSecondGenerationWasLeftBehind) {
  ASSERT_TRUE(image_.edit_item(ROOT_TREE_OBJECTID, [](const FoundItem& item) {
    if (item.key.type != ROOT_ITEM_KEY || item.key.objectid < FIRST_FREE_OBJECTID) return false;
    const std::size_t at = offsetof(RootItem, generation_v2);
    item.put<u64>(at, item.get<u64>(at) - 1);
    return true;
  }));
  expect_only(image_.check(), Problem::root_item, "generation_v2");
}

TEST_F(Check, FindsFreeSpaceThatIsOneSectorShort) {
  ASSERT_TRUE(image_.edit_item(FREE_SPACE_TREE_OBJECTID, [&](const FoundItem& item) {
    const auto chunk = image_.original().volume().chunks().find(item.key.objectid);
    if (item.key.type != FREE_SPACE_EXTENT_KEY || item.key.offset <= 8192 || chunk == nullptr)
      return false;
    u8* key = &item.block[sizeof(Header) + item.slot * sizeof(Item)];
    store_le<u64>(key + offsetof(DiskKey, offset), item.key.offset - 4096);
    return true;
  }));
  expect_only(image_.check(), Problem::free_space, "but recorded to");
}

TEST_F(Check, FindsABlockGroupThatIsUsedByMoreThanItSays) {
  ASSERT_TRUE(image_.edit_item(EXTENT_TREE_OBJECTID, [](const FoundItem& item) {
    if (item.key.type != BLOCK_GROUP_ITEM_KEY) return false;
    item.put<u64>(0, item.get<u64>(0) + 4096);
    return true;
  }));
  const CheckReport report = image_.check();
  expect_found(report, Problem::block_group, "but extents cover");
  expect_found(report, Problem::superblock, "block groups say");
  EXPECT_EQ(report.errors, 2u);
}

TEST_F(Check, FindsADevExtentOfAnotherChunk) {
  ASSERT_TRUE(image_.edit_item(DEV_TREE_OBJECTID, [](const FoundItem& item) {
    if (item.key.type != DEV_EXTENT_KEY) return false;
    const std::size_t at = offsetof(DevExtent, chunk_offset);
    item.put<u64>(at, item.get<u64>(at) + (1u << 20));
    return true;
  }));
  expect_only(image_.check(), Problem::chunk, "the dev extent is of");
}

TEST_F(Check, FindsADeviceThatHasMoreInUseThanItSays) {
  ASSERT_TRUE(image_.edit_item(CHUNK_TREE_OBJECTID, [](const FoundItem& item) {
    if (item.key.type != DEV_ITEM_KEY) return false;
    const std::size_t at = offsetof(DevItem, bytes_used);
    item.put<u64>(at, item.get<u64>(at) - 4096);
    return true;
  }));
  expect_only(image_.check(), Problem::device, "bytes used, but its dev extents have");
}

TEST_F(Check, FindsAPointerWithAnotherGenerationThanTheBlock) {
  ASSERT_TRUE(std::ranges::any_of(image_.subvolumes(), [&](u64 tree) {
    return image_.edit_block(tree, [](MutableBytes block) {
      const ExtentBuffer node(0, std::vector<u8>(block.begin(), block.end()));
      if (node.is_leaf()) return false;
      store_le<u64>(&block[sizeof(Header) + offsetof(KeyPtr, generation)],
                    node.ptr_generation(0) - 1);
      return true;
    });
  }));
  expect_found(image_.check(), Problem::wrong_block, "generation");
}

TEST_F(Check, FindsABadCopyOfATreeBlockThatHasAnother) {
  const u64 block = image_.original().super().root;
  ASSERT_EQ(image_.original().volume().num_mirrors(block), 2u);
  image_.flip(block + 2000, 2);
  expect_only(image_.check(), Problem::bad_copy, "mirror 2: tree block: wrong checksum");
  image_.flip(block + 2000, 1);
}

TEST_F(Check, FindsATreeBlockOfWhichNoCopyIsGood) {
  const auto root = image_.original().forest().root(CSUM_TREE_OBJECTID);
  ASSERT_TRUE(root.ok());
  const u64 block = root.value()->pointer().bytenr;
  image_.flip(block + 2000, 1);
  image_.flip(block + 2000, 2);
  expect_found(image_.check(), Problem::unreadable_block, "mirror 1: tree block: wrong checksum");
}

TEST_F(Check, ComparesDataWithTheirChecksumsWhenItIsAskedTo) {
  u64 sector = 0;
  image_.edit_item(CSUM_TREE_OBJECTID, [&](const FoundItem& item) {
    sector = item.key.offset;
    return false;
  });
  ASSERT_NE(sector, 0u);
  image_.flip(sector + 100, 1);
  EXPECT_EQ(text_of(image_.check()), "");
  expect_only(image_.check({.check_data_csum = true}), Problem::data, "wrong checksum");
}

TEST_F(Check, FindsChecksumsOfWhatIsNoData) {
  ASSERT_TRUE(image_.edit_item(CSUM_TREE_OBJECTID, [&](const FoundItem& item) {
    if (item.slot != 0) return false;
    u8* key = &item.block[sizeof(Header)];
    store_le<u64>(key + offsetof(DiskKey, offset), item.key.offset - 4096);
    return true;
  }));
  const CheckReport report = image_.check();
  expect_found(report, Problem::csum_item, "have checksums, but are no data");
  expect_found(report, Problem::csum_item, "some data have no checksums");
}

TEST_F(Check, FindsAFileThatHasOtherLengthsThanItsExtents) {
  ASSERT_TRUE(edit_file_item(INODE_ITEM_KEY, [](const FoundItem& item) {
    const u32 mode = item.get<u32>(offsetof(InodeItem, mode));
    if ((mode & MODE_TYPE_MASK) != MODE_REGULAR) return false;
    const std::size_t at = offsetof(InodeItem, nbytes);
    item.put<u64>(at, item.get<u64>(at) + 1);
    return true;
  }));
  expect_only(image_.check(), Problem::inode, "nbytes");
}

TEST_F(Check, FindsAWrongLinkCount) {
  ASSERT_TRUE(edit_file_item(INODE_ITEM_KEY, [](const FoundItem& item) {
    const u32 mode = item.get<u32>(offsetof(InodeItem, mode));
    if ((mode & MODE_TYPE_MASK) != MODE_REGULAR) return false;
    const std::size_t at = offsetof(InodeItem, nlink);
    item.put<u32>(at, item.get<u32>(at) + 1);
    return true;
  }));
  expect_only(image_.check(), Problem::inode, "link count");
}

TEST_F(Check, FindsADirectoryOfAnotherSizeThanItsNames) {
  ASSERT_TRUE(edit_file_item(INODE_ITEM_KEY, [](const FoundItem& item) {
    const u32 mode = item.get<u32>(offsetof(InodeItem, mode));
    if ((mode & MODE_TYPE_MASK) != MODE_DIRECTORY) return false;
    const std::size_t at = offsetof(InodeItem, size);
    item.put<u64>(at, item.get<u64>(at) + 2);
    return true;
  }));
  expect_only(image_.check(), Problem::directory, "but its names have");
}

TEST_F(Check, FindsANameThatLeadsToAnotherInode) {
  ASSERT_TRUE(edit_file_item(DIR_INDEX_KEY, [](const FoundItem& item) {
    if (item.bytes[offsetof(DiskKey, type)] != INODE_ITEM_KEY) return false;
    item.put<u64>(0, item.get<u64>(0) + 1);
    return true;
  }));
  const CheckReport report = image_.check();
  expect_found(report, Problem::directory, "but no INODE_REF");
  expect_found(report, Problem::directory, "but no DIR_INDEX");
}

TEST_F(Check, FindsExtentsOfAFileThatOverlap) {
  Key before;
  u64 end_before = 0;
  ASSERT_TRUE(edit_file_item(EXTENT_DATA_KEY, [&](const FoundItem& item) {
    const bool follows = before.objectid == item.key.objectid &&
                         end_before - before.offset > 4096 && end_before == item.key.offset;
    before = item.key;
    if (item.bytes[offsetof(FileExtentItem, type)] != FILE_EXTENT_REG) return false;
    end_before = item.key.offset + item.get<u64>(offsetof(FileExtentItem, num_bytes));
    if (!follows) return false;
    u8* key = &item.block[sizeof(Header) + item.slot * sizeof(Item)];
    store_le<u64>(key + offsetof(DiskKey, offset), item.key.offset - 4096);
    return true;
  }));
  expect_found(image_.check(), Problem::unreadable_block, "the extent before it reaches to");
}

TEST_F(Check, FindsASubvolumeWhoseNameIsNotInTheDirectory) {
  ASSERT_TRUE(image_.edit_item(ROOT_TREE_OBJECTID, [](const FoundItem& item) {
    if (item.key.type != ROOT_REF_KEY) return false;
    item.bytes[sizeof(RootRef)] ^= 1;
    return true;
  }));
  const CheckReport report = image_.check();
  expect_found(report, Problem::subvolume_ref, "the ROOT_BACKREF says something else");
  expect_found(report, Problem::subvolume_ref, "has no DIR_ITEM of");
}

TEST_F(Check, FindsARootDirectoryThatIsNotInItself) {
  ASSERT_TRUE(std::ranges::any_of(image_.subvolumes(), [&](u64 tree) {
    return image_.edit_item(tree, [](const FoundItem& item) {
      if (item.key.type != INODE_REF_KEY || item.key.objectid != FIRST_FREE_OBJECTID) return false;
      item.bytes[sizeof(InodeRef)] = 'x';
      return true;
    });
  }));
  expect_found(image_.check(), Problem::inode, "the root directory is not in itself");
}

TEST_F(Check, FindsANameOfASubvolumeThatHasAnotherLength) {
  ASSERT_TRUE(image_.edit_item(ROOT_TREE_OBJECTID, [](const FoundItem& item) {
    if (item.key.type != ROOT_BACKREF_KEY) return false;
    const std::size_t at = offsetof(RootRef, name_len);
    item.put<u16>(at, static_cast<u16>(item.get<u16>(at) - 1));
    return true;
  }));
  expect_only(image_.check(), Problem::subvolume_ref, "bytes, but");
}

TEST_F(Check, FindsADamagedCopyOfTheSuperblock) {
  std::vector<u8> zeros(100, 0xff);
  must(image_.device().write(SUPER_OFFSETS[1] + 1000, zeros));
  expect_only(image_.check(), Problem::superblock, "superblock at 67108864: wrong checksum");
}

TEST_F(Check, KnowsThatOnlyTheFirstSuperblockTellsOfALog) {
  image_.edit_super([first = true](Superblock& super) mutable {
    if (first) super.log_root = u64{1} << 20;
    first = false;
  });
  EXPECT_TRUE(image_.check().findings.empty()) << text_of(image_.check());
}

TEST_F(Check, FindsASuperblockThatCountsOtherBytes) {
  image_.edit_super([](Superblock& super) { super.bytes_used = super.bytes_used + 4096; });
  expect_only(image_.check(), Problem::superblock, "block groups say");
}

TEST_F(Check, KeepsAsManyFindingsAsItIsToldAndCountsAll) {
  ASSERT_TRUE(
      edit_inline(EXTENT_DATA_REF_KEY, EXTENT_FLAG_DATA, [](const FoundItem& item, std::size_t at) {
        item.put<u64>(at + 1, item.get<u64>(at + 1) + 1000);
      }));
  const CheckReport report = image_.check({.findings_kept = 1});
  EXPECT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.errors, 2u);
}

// Quota groups in groups, and a free space cache of version 1 (make-quotas).
class CheckOfOlderThings : public testing::Test {
 protected:
  bool edit_group(u64 level, const std::function<void(const FoundItem&)>& edit) {
    return image_.edit_item(QUOTA_TREE_OBJECTID, [&](const FoundItem& item) {
      if (item.key.type != QGROUP_INFO_KEY || item.key.offset >> 48 != level) return false;
      edit(item);
      return true;
    });
  }

  // Changes bytes in the first page of the cache with most entries, and makes its checksum right
  // again if wanted.
  void edit_cache(const std::function<void(MutableBytes page, std::size_t entries_at)>& edit,
                  bool right_again) {
    FreeSpaceHeader header{};
    image_.edit_item(ROOT_TREE_OBJECTID, [&](const FoundItem& item) {
      if (item.key.objectid != FREE_SPACE_OBJECTID) return false;
      const auto found = load_struct<FreeSpaceHeader>(item.bytes);
      if (found.num_entries > header.num_entries) header = found;
      return false;
    });
    ASSERT_GT(header.num_entries, 1u);
    const u64 ino = header.location.decode().objectid;
    u64 size = 0, logical = 0;
    image_.edit_item(ROOT_TREE_OBJECTID, [&](const FoundItem& item) {
      if (item.key.objectid != ino) return false;
      if (item.key.type == INODE_ITEM_KEY) size = load_struct<InodeItem>(item.bytes).size;
      if (item.key.type != EXTENT_DATA_KEY || logical != 0) return false;
      logical = load_struct<FileExtentItem>(item.bytes).disk_bytenr;
      return false;
    });
    ASSERT_NE(logical, 0u);
    const u32 sector = image_.original().super().sectorsize;
    std::vector<u8> page(sector);
    Volume& volume = image_.original().volume();
    must(volume.read(logical, page, 1));
    const std::size_t sums = size / sector * sizeof(u32);
    edit(page, sums + sizeof(u64));
    if (right_again) store_le<u32>(page.data(), crc32c(Bytes(page).subspan(sums)));
    for (const PhysicalRange& range : must(volume.map(logical, sector, 1)))
      must(image_.device().write(range.physical, page));
  }

  DamagedImage image_{TEST_IMAGES_DIR "/quotas.img.zst"};
};

TEST_F(CheckOfOlderThings, FindsNothingWhereTheyAreRight) {
  EXPECT_EQ(text_of(image_.check({.check_data_csum = true})), "");
}

TEST_F(CheckOfOlderThings, FindsAGroupThatCountsWrong) {
  ASSERT_TRUE(edit_group(0, [](const FoundItem& item) {
    const std::size_t at = offsetof(QgroupInfoItem, rfer);
    item.put<u64>(at, item.get<u64>(at) + 4096);
  }));
  expect_only(image_.check(), Problem::quota, "bytes referenced");
}

TEST_F(CheckOfOlderThings, FindsAGroupOfGroupsThatCountsWrong) {
  ASSERT_TRUE(edit_group(2, [](const FoundItem& item) {
    const std::size_t at = offsetof(QgroupInfoItem, excl);
    item.put<u64>(at, item.get<u64>(at) - 4096);
  }));
  const CheckReport report = image_.check();
  expect_only(report, Problem::quota, "bytes referenced");
  EXPECT_EQ(report.errors, 1u);
}

TEST_F(CheckOfOlderThings, FindsSpaceThatTheCacheListsThoughItIsNotFree) {
  edit_cache(
      [](MutableBytes page, std::size_t at) {
        store_le<u64>(&page[at], load_le<u64>(&page[at]) - 4096);
        store_le<u64>(&page[at + 8], load_le<u64>(&page[at + 8]) + 4096);
      },
      true);
  expect_only(image_.check(), Problem::free_space, "is listed as free, but is not");
}

TEST_F(CheckOfOlderThings, WarnsOfACacheThatTheKernelWillMakeAnew) {
  edit_cache([](MutableBytes page, std::size_t at) { page[at] ^= 16; }, false);
  const CheckReport damaged = image_.check();
  EXPECT_TRUE(damaged.clean());
  expect_found(damaged, Problem::free_space, "page 0 has another checksum");
}

TEST_F(CheckOfOlderThings, WarnsOfFreeSpaceThatTheCacheDoesNotList) {
  edit_cache(
      [](MutableBytes page, std::size_t at) {
        store_le<u64>(&page[at + 8], load_le<u64>(&page[at + 8]) - 4096);
      },
      true);
  const CheckReport report = image_.check();
  EXPECT_TRUE(report.clean());
  expect_found(report, Problem::free_space, "4096 bytes are free, but not listed so");
}

}  // namespace
}  // namespace canopy
