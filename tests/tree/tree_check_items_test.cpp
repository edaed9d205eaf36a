// Every item type: a good item, and one change after another that must be refused.
#include "tree/tree_check_items.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/random.h"
#include "checksum/crc32c.h"
#include "ondisk/chunk.h"
#include "ondisk/extent_item.h"
#include "ondisk/file_extent.h"
#include "ondisk/free_space.h"
#include "ondisk/superblock.h"
#include "support/image_builder.h"
#include "tree/items.h"

namespace canopy {
namespace {

constexpr u64 GENERATION = 100;

const TreeCheckLimits& limits() {
  static const TreeCheckLimits limits{.sectorsize = 4096,
                                      .csum_size = 4,
                                      .max_generation = GENERATION + 1,
                                      .incompat_flags = FEATURE_INCOMPAT_SKINNY_METADATA};
  return limits;
}

// The reason why a leaf of these items in tree `owner` is refused, "" if it is not.
std::string refusal(u64 owner, const std::vector<TestItem>& items) {
  ItemCheck check(owner, 16384, limits());
  for (const TestItem& item : items)
    if (!check.check(item.key, item.data)) return check.reason();
  return "";
}

std::string refusal(const TestItem& item) { return refusal(0, {item}); }

// The item after a change to the struct at its start.
template <typename T>
TestItem changed(TestItem item, const std::function<void(T&)>& change, std::size_t offset = 0) {
  T value = load_struct<T>(item.data, offset);
  change(value);
  std::memcpy(item.data.data() + offset, &value, sizeof value);
  return item;
}

TestItem with_key(TestItem item, const Key& key) {
  item.key = key;
  return item;
}

TestItem resized(TestItem item, std::size_t size) {
  item.data.resize(size);
  return item;
}

// An item that holds entries is refused at every shorter and some longer sizes.
void expect_only_this_size(const TestItem& item) {
  EXPECT_EQ(refusal(item), "");
  for (std::size_t size = 0; size < item.data.size(); ++size)
    EXPECT_NE(refusal(resized(item, size)), "") << size;
  EXPECT_NE(refusal(resized(item, item.data.size() + 1)), "");
}

TestItem inode_item() {
  InodeItem inode{};
  inode.generation = 3;
  inode.transid = GENERATION;
  inode.mode = MODE_REGULAR | 0644;
  inode.nlink = 1;
  return {{257, INODE_ITEM_KEY, 0}, item_bytes(inode)};
}

TEST(ItemCheck, InodeItem) {
  expect_only_this_size(inode_item());
  EXPECT_NE(refusal(with_key(inode_item(), {255, INODE_ITEM_KEY, 0})), "");
  EXPECT_EQ(refusal(with_key(inode_item(), {ROOT_TREE_DIR_OBJECTID, INODE_ITEM_KEY, 0})), "");
  EXPECT_NE(refusal(with_key(inode_item(), {257, INODE_ITEM_KEY, 1})), "");
  auto with = [](auto change) { return refusal(changed<InodeItem>(inode_item(), change)); };
  EXPECT_EQ(with([](InodeItem& inode) { inode.generation = GENERATION + 1; }), "");
  EXPECT_NE(with([](InodeItem& inode) { inode.generation = GENERATION + 2; }), "");
  EXPECT_NE(with([](InodeItem& inode) { inode.transid = GENERATION + 2; }), "");
  EXPECT_NE(with([](InodeItem& inode) { inode.mode = 0644; }), "");
  EXPECT_NE(with([](InodeItem& inode) { inode.mode = 0110000; }), "");
  EXPECT_NE(with([](InodeItem& inode) { inode.mode = MODE_REGULAR | 0200000; }), "");
  EXPECT_EQ(with([](InodeItem& inode) { inode.mode = MODE_SOCKET | 07777; }), "");
  EXPECT_EQ(with([](InodeItem& inode) { inode.nlink = 65000; }), "");
  EXPECT_NE(with([](InodeItem& inode) { inode.mode = MODE_DIRECTORY, inode.nlink = 2; }), "");
  EXPECT_NE(with([](InodeItem& inode) { inode.flags = 1u << 20; }), "");
  EXPECT_EQ(with([](InodeItem& inode) { inode.flags = u64{1} << 40 | INODE_COMPRESS; }), "");
}

std::vector<u8> inode_ref(std::string_view name) {
  InodeRef ref{};
  ref.index = 2;
  ref.name_len = static_cast<u16>(name.size());
  return joined({item_bytes(ref), text_bytes(name)});
}

TEST(ItemCheck, InodeRef) {
  expect_only_this_size({{257, INODE_REF_KEY, 256}, inode_ref("name")});
  EXPECT_EQ(refusal({{257, INODE_REF_KEY, 256}, joined({inode_ref("a"), inode_ref("bc")})}), "");
  EXPECT_NE(refusal({{257, INODE_REF_KEY, 256}, inode_ref("")}), "");
  EXPECT_NE(refusal({{257, INODE_REF_KEY, 256}, joined({inode_ref("a"), inode_ref("")})}), "");
}

TEST(ItemCheck, InodeExtref) {
  InodeExtref ref{};
  ref.parent_objectid = 256;
  ref.name_len = 4;
  expect_only_this_size(
      {{257, INODE_EXTREF_KEY, 99}, joined({item_bytes(ref), text_bytes("name")})});
}

TEST(ItemCheck, ItemsOfAnInodeInASubvolumeStandBehindItsInodeItem) {
  const TestItem other = with_key(inode_item(), {256, INODE_ITEM_KEY, 0});
  const TestItem ref = {{257, INODE_REF_KEY, 256}, inode_ref("name")};
  EXPECT_EQ(refusal(5, {inode_item(), ref}), "");
  EXPECT_EQ(refusal(5, {other, ref}), "no inode item before it");
  EXPECT_EQ(refusal(5, {ref}), "");  // the inode item may be in the leaf before
  EXPECT_EQ(refusal(TREE_LOG_OBJECTID, {other, ref}), "");
}

TestItem dir_entry(u8 type, std::string_view name, u8 ftype, const Key& location,
                   std::string_view data = {}) {
  DirItem head{};
  head.location = DiskKey::encode(location);
  head.name_len = static_cast<u16>(name.size());
  head.data_len = static_cast<u16>(data.size());
  head.type = ftype;
  const u64 offset = type == DIR_INDEX_KEY ? 2 : name_hash(name);
  return {{257, type, offset}, joined({item_bytes(head), text_bytes(name), text_bytes(data)})};
}

TEST(ItemCheck, DirItemAndDirIndex) {
  const Key file = {258, INODE_ITEM_KEY, 0};
  for (u8 type : {DIR_ITEM_KEY, DIR_INDEX_KEY}) {
    expect_only_this_size(dir_entry(type, "name", FT_REG_FILE, file));
    EXPECT_EQ(refusal(dir_entry(type, "sub", FT_DIR, {300, ROOT_ITEM_KEY, ~u64{0}})), "");
    EXPECT_NE(refusal(dir_entry(type, "sub", FT_DIR, {3, ROOT_ITEM_KEY, ~u64{0}})), "");
    EXPECT_NE(refusal(dir_entry(type, "name", FT_REG_FILE, {258, INODE_ITEM_KEY, 1})), "");
    EXPECT_NE(refusal(dir_entry(type, "name", FT_REG_FILE, {1, INODE_ITEM_KEY, 0})), "");
    EXPECT_NE(refusal(dir_entry(type, "name", FT_REG_FILE, {258, DIR_ITEM_KEY, 0})), "");
    EXPECT_NE(refusal(dir_entry(type, "name", FT_UNKNOWN, file)), "");
    EXPECT_NE(refusal(dir_entry(type, "name", FT_XATTR, file)), "");
    EXPECT_NE(refusal(dir_entry(type, "name", FT_XATTR + 1, file)), "");
    EXPECT_NE(refusal(dir_entry(type, "name", FT_REG_FILE, file, "data")), "");
    EXPECT_NE(refusal(dir_entry(type, "", FT_REG_FILE, file)), "");
    EXPECT_EQ(refusal(dir_entry(type, std::string(255, 'x'), FT_REG_FILE, file)), "");
    EXPECT_NE(refusal(dir_entry(type, std::string(256, 'x'), FT_REG_FILE, file)), "");
  }
  TestItem wrong_hash = dir_entry(DIR_ITEM_KEY, "name", FT_REG_FILE, file);
  ++wrong_hash.key.offset;
  EXPECT_EQ(refusal(wrong_hash), "name does not have the hash in the key");
}

TEST(ItemCheck, XattrItem) {
  expect_only_this_size(dir_entry(XATTR_ITEM_KEY, "user.name", FT_XATTR, Key{}, "value"));
  EXPECT_EQ(refusal(dir_entry(XATTR_ITEM_KEY, "user.name", FT_XATTR, Key{})), "");
  EXPECT_NE(refusal(dir_entry(XATTR_ITEM_KEY, "user.name", FT_REG_FILE, Key{})), "");
  EXPECT_NE(refusal(dir_entry(XATTR_ITEM_KEY, "user.name", FT_XATTR, {258, INODE_ITEM_KEY, 0})),
            "");
}

TestItem file_extent(u64 offset = 8192) {
  FileExtentItem extent{};
  extent.generation = 5;
  extent.ram_bytes = 16384;
  extent.type = FILE_EXTENT_REG;
  extent.disk_bytenr = 1 << 20;
  extent.disk_num_bytes = 16384;
  extent.num_bytes = 8192;
  extent.offset = 4096;
  return {{257, EXTENT_DATA_KEY, offset}, item_bytes(extent)};
}

TestItem inline_extent(std::size_t size, u64 ram_bytes, u8 compression = COMPRESS_NONE) {
  FileExtentItem extent{};
  extent.ram_bytes = ram_bytes;
  extent.compression = compression;
  auto bytes = item_bytes(extent);
  bytes.resize(FILE_EXTENT_INLINE_DATA_START);
  bytes.resize(FILE_EXTENT_INLINE_DATA_START + size, 'x');
  return {{257, EXTENT_DATA_KEY, 0}, bytes};
}

TEST(ItemCheck, FileExtent) {
  expect_only_this_size(file_extent());
  EXPECT_NE(refusal(file_extent(100)), "");
  auto with = [](auto change) { return refusal(changed<FileExtentItem>(file_extent(), change)); };
  using Extent = FileExtentItem;
  EXPECT_NE(with([](Extent& extent) { extent.type = 3; }), "");
  EXPECT_NE(with([](Extent& extent) { extent.compression = 4; }), "");
  EXPECT_NE(with([](Extent& extent) { extent.encryption = 1; }), "");
  EXPECT_NE(with([](Extent& extent) { extent.ram_bytes = 100; }), "");
  EXPECT_NE(with([](Extent& extent) { extent.disk_bytenr = 100; }), "");
  EXPECT_NE(with([](Extent& extent) { extent.disk_num_bytes = 100; }), "");
  EXPECT_NE(with([](Extent& extent) { extent.offset = 100; }), "");
  EXPECT_NE(with([](Extent& extent) { extent.num_bytes = 100; }), "");
  EXPECT_NE(with([](Extent& extent) { extent.num_bytes = ~u64{4095}; }), "");
}

TEST(ItemCheck, InlineExtent) {
  EXPECT_EQ(refusal(inline_extent(100, 100)), "");
  EXPECT_EQ(refusal(inline_extent(0, 0)), "");
  EXPECT_NE(refusal(inline_extent(100, 101)), "");
  EXPECT_EQ(refusal(inline_extent(50, 1000, COMPRESS_ZSTD)), "");
  EXPECT_NE(refusal(with_key(inline_extent(100, 100), {257, EXTENT_DATA_KEY, 4096})), "");
}

TEST(ItemCheck, FileExtentsDoNotOverlap) {
  EXPECT_EQ(refusal(0, {file_extent(0), file_extent(8192)}), "");
  EXPECT_EQ(refusal(0, {file_extent(0), file_extent(4096)}),
            "the extent before it reaches to 8192");
  EXPECT_EQ(refusal(0, {inline_extent(4096, 4096), file_extent(4096)}), "");
  EXPECT_NE(refusal(0, {inline_extent(4097, 4097), file_extent(4096)}), "");
  EXPECT_EQ(refusal(0, {file_extent(0), with_key(file_extent(), {258, EXTENT_DATA_KEY, 0})}), "");
}

TEST(ItemCheck, Checksums) {
  const Key key = {EXTENT_CSUM_OBJECTID, EXTENT_CSUM_KEY, 8192};
  EXPECT_EQ(refusal({key, std::vector<u8>(12)}), "");
  EXPECT_NE(refusal({key, std::vector<u8>(13)}), "");
  EXPECT_NE(refusal({{256, EXTENT_CSUM_KEY, 8192}, std::vector<u8>(12)}), "");
  EXPECT_NE(refusal({{EXTENT_CSUM_OBJECTID, EXTENT_CSUM_KEY, 8193}, std::vector<u8>(12)}), "");
  Key next = {EXTENT_CSUM_OBJECTID, EXTENT_CSUM_KEY, 8192 + 3 * 4096};
  EXPECT_EQ(refusal(0, {{key, std::vector<u8>(12)}, {next, std::vector<u8>(4)}}), "");
  EXPECT_NE(refusal(0, {{key, std::vector<u8>(16)}, {next, std::vector<u8>(4)}}), "");
}

TEST(ItemCheck, RootItem) {
  RootPointer pointer{256, 1 << 20, GENERATION, 1};
  const TestItem good = {{256, ROOT_ITEM_KEY, 0}, item_bytes(root_item_of(pointer))};
  EXPECT_EQ(refusal(good), "");
  EXPECT_EQ(refusal(resized(good, ROOT_ITEM_V0_SIZE)), "");
  for (std::size_t size :
       {std::size_t{0}, std::size_t{238}, std::size_t{240}, std::size_t{438}, std::size_t{440}})
    EXPECT_NE(refusal(resized(good, size)), "") << size;
  auto with = [&](auto change) { return refusal(changed<RootItem>(good, change)); };
  EXPECT_NE(with([](RootItem& root) { root.generation = GENERATION + 2; }), "");
  EXPECT_NE(with([](RootItem& root) { root.generation_v2 = GENERATION + 2; }), "");
  EXPECT_NE(with([](RootItem& root) { root.last_snapshot = GENERATION + 2; }), "");
  EXPECT_NE(with([](RootItem& root) { root.bytenr = 100; }), "");
  EXPECT_NE(with([](RootItem& root) { root.level = MAX_LEVEL; }), "");
  EXPECT_NE(with([](RootItem& root) { root.drop_level = MAX_LEVEL; }), "");
  EXPECT_NE(with([](RootItem& root) { root.flags = 2; }), "");
  EXPECT_EQ(with([](RootItem& root) { root.flags = ROOT_SUBVOL_RDONLY | ROOT_SUBVOL_DEAD; }), "");
  EXPECT_NE(refusal(with_key(good, {0, ROOT_ITEM_KEY, 0})), "");
  EXPECT_EQ(refusal(with_key(good, {TREE_RELOC_OBJECTID, ROOT_ITEM_KEY, 256})), "");
  EXPECT_NE(refusal(with_key(good, {TREE_RELOC_OBJECTID, ROOT_ITEM_KEY, 3})), "");
}

TEST(ItemCheck, RootRef) {
  RootRef ref{};
  ref.name_len = 3;
  const TestItem good = {{5, ROOT_REF_KEY, 256}, joined({item_bytes(ref), text_bytes("sub")})};
  EXPECT_EQ(refusal(good), "");
  EXPECT_NE(refusal(resized(good, good.data.size() - 1)), "");
  EXPECT_NE(refusal(resized(good, 17)), "");
}

std::vector<u8> extent_head(u64 refs, u64 flags) {
  ExtentItem head{};
  head.refs = refs;
  head.generation = GENERATION;
  head.flags = flags;
  return item_bytes(head);
}

std::vector<u8> inline_ref(u8 type, u64 offset) {
  return item_bytes(ExtentInlineRef{type, offset});
}

std::vector<u8> shared_data_ref(u64 parent, u32 count) {
  return joined({inline_ref(SHARED_DATA_REF_KEY, parent), item_bytes(SharedDataRef{count})});
}

std::vector<u8> data_ref(u64 root, u64 ino, u64 offset, u32 count) {
  return joined({{EXTENT_DATA_REF_KEY}, item_bytes(ExtentDataRef{root, ino, offset, count})});
}

constexpr Key DATA_KEY = {1 << 20, EXTENT_ITEM_KEY, 65536};
constexpr Key SKINNY_KEY = {1 << 20, METADATA_ITEM_KEY, 1};

TestItem data_extent(u64 refs, std::initializer_list<std::vector<u8>> inline_refs) {
  return {DATA_KEY, joined({extent_head(refs, EXTENT_FLAG_DATA), joined(inline_refs)})};
}

TEST(ItemCheck, DataExtent) {
  EXPECT_EQ(refusal(data_extent(0, {})), "");
  const TestItem one = data_extent(3, {data_ref(5, 257, 4096, 3)});
  for (std::size_t size = 0; size <= one.data.size() + 1; ++size)
    EXPECT_EQ(refusal(resized(one, size)).empty(),
              size == sizeof(ExtentItem) || size == one.data.size())
        << size;
  EXPECT_EQ(refusal(data_extent(5, {data_ref(5, 257, 0, 3), shared_data_ref(4096, 2)})), "");
  EXPECT_NE(refusal(data_extent(4, {data_ref(5, 257, 0, 3), shared_data_ref(4096, 2)})), "");
  EXPECT_NE(refusal(data_extent(5, {shared_data_ref(4096, 2), data_ref(5, 257, 0, 3)})), "");
  EXPECT_EQ(refusal(data_extent(4, {shared_data_ref(8192, 2), shared_data_ref(4096, 2)})), "");
  EXPECT_NE(refusal(data_extent(4, {shared_data_ref(4096, 2), shared_data_ref(8192, 2)})), "");
  EXPECT_NE(refusal(data_extent(4, {shared_data_ref(4096, 0)})), "");
  EXPECT_NE(refusal(data_extent(4, {shared_data_ref(4097, 1)})), "");
  EXPECT_NE(refusal(data_extent(4, {data_ref(3, 257, 0, 1)})), "");
  EXPECT_EQ(refusal(data_extent(4, {data_ref(ROOT_TREE_OBJECTID, 257, 0, 1)})), "");
  EXPECT_NE(refusal(data_extent(4, {data_ref(5, 255, 0, 1)})), "");
  EXPECT_NE(refusal(data_extent(4, {data_ref(5, 257, 100, 1)})), "");
  EXPECT_NE(refusal(data_extent(4, {data_ref(5, 257, 0, 0)})), "");
  EXPECT_NE(refusal(data_extent(4, {inline_ref(99, 0)})), "");
  EXPECT_EQ(refusal(data_extent(1, {inline_ref(EXTENT_OWNER_REF_KEY, 5), data_ref(5, 257, 0, 1)})),
            "");
  EXPECT_NE(refusal({DATA_KEY, extent_head(1, EXTENT_FLAG_DATA | BLOCK_FLAG_FULL_BACKREF)}), "");
  EXPECT_NE(refusal({DATA_KEY, extent_head(1, 0)}), "");
  EXPECT_NE(refusal({DATA_KEY, extent_head(1, EXTENT_FLAG_DATA | EXTENT_FLAG_TREE_BLOCK)}), "");
  EXPECT_NE(refusal({{1 << 20, EXTENT_ITEM_KEY, 100}, extent_head(1, EXTENT_FLAG_DATA)}), "");
  EXPECT_NE(refusal({{100, EXTENT_ITEM_KEY, 4096}, extent_head(1, EXTENT_FLAG_DATA)}), "");
}

TEST(ItemCheck, DataReferencesDescendByTheHashOfTheirKey) {
  auto a = data_ref(5, 257, 0, 1);
  auto b = data_ref(5, 258, 0, 1);
  if (extent_data_ref_hash(5, 257, 0) < extent_data_ref_hash(5, 258, 0)) std::swap(a, b);
  EXPECT_EQ(refusal(data_extent(2, {a, b})), "");
  EXPECT_EQ(refusal(data_extent(2, {b, a})), "inline references out of order");
}

TEST(ItemCheck, TreeBlockExtent) {
  const auto head = extent_head(2, EXTENT_FLAG_TREE_BLOCK);
  EXPECT_EQ(refusal({SKINNY_KEY, joined({head, inline_ref(TREE_BLOCK_REF_KEY, 5)})}), "");
  EXPECT_EQ(refusal({SKINNY_KEY, joined({head, inline_ref(TREE_BLOCK_REF_KEY, 300),
                                         inline_ref(TREE_BLOCK_REF_KEY, 256)})}),
            "");
  EXPECT_NE(refusal({SKINNY_KEY, joined({head, inline_ref(TREE_BLOCK_REF_KEY, 256),
                                         inline_ref(TREE_BLOCK_REF_KEY, 300)})}),
            "");
  EXPECT_NE(refusal({SKINNY_KEY, joined({head, inline_ref(SHARED_BLOCK_REF_KEY, 100)})}), "");
  EXPECT_NE(refusal({{1 << 20, METADATA_ITEM_KEY, 8}, head}), "");
  EXPECT_NE(refusal({SKINNY_KEY, extent_head(1, EXTENT_FLAG_DATA)}), "");
  TreeBlockInfo info{};
  info.level = 1;
  const Key key = {1 << 20, EXTENT_ITEM_KEY, 16384};
  const TestItem full = {key, joined({head, item_bytes(info), inline_ref(TREE_BLOCK_REF_KEY, 5)})};
  EXPECT_EQ(refusal(full), "");
  EXPECT_NE(refusal(resized(full, 24 + 17)), "");
  EXPECT_NE(refusal(with_key(full, {1 << 20, EXTENT_ITEM_KEY, 4096})), "");
  EXPECT_NE(refusal(changed<TreeBlockInfo>(
                full, [](TreeBlockInfo& block) { block.level = MAX_LEVEL; }, sizeof(ExtentItem))),
            "");
  TreeCheckLimits old = limits();
  old.incompat_flags = 0;
  ItemCheck check(EXTENT_TREE_OBJECTID, 16384, old);
  EXPECT_FALSE(check.check(SKINNY_KEY, head));
}

TEST(ItemCheck, ExtentsDoNotOverlap) {
  const auto head = extent_head(1, EXTENT_FLAG_DATA);
  auto at = [&](u64 start) { return TestItem{{start, EXTENT_ITEM_KEY, 8192}, head}; };
  EXPECT_EQ(refusal(0, {at(0), at(8192)}), "");
  EXPECT_NE(refusal(0, {at(0), at(4096)}), "");
  const auto block = extent_head(1, EXTENT_FLAG_TREE_BLOCK);
  EXPECT_NE(refusal(0, {{{0, METADATA_ITEM_KEY, 0}, block}, at(8192)}), "");
  EXPECT_EQ(refusal(0, {{{0, METADATA_ITEM_KEY, 0}, block}, at(16384)}), "");
}

TEST(ItemCheck, KeyedReferences) {
  EXPECT_EQ(refusal({{4096, TREE_BLOCK_REF_KEY, 5}, {}}), "");
  EXPECT_NE(refusal({{4096, TREE_BLOCK_REF_KEY, 5}, {1}}), "");
  EXPECT_NE(refusal({{100, TREE_BLOCK_REF_KEY, 5}, {}}), "");
  EXPECT_EQ(refusal({{4096, SHARED_BLOCK_REF_KEY, 8192}, {}}), "");
  EXPECT_NE(refusal({{4096, SHARED_BLOCK_REF_KEY, 8193}, {}}), "");
  const TestItem shared = {{4096, SHARED_DATA_REF_KEY, 8192}, item_bytes(SharedDataRef{1})};
  expect_only_this_size(shared);
  EXPECT_NE(refusal({shared.key, item_bytes(SharedDataRef{0})}), "");
  const Key key = {4096, EXTENT_DATA_REF_KEY, 1};
  expect_only_this_size({key, item_bytes(ExtentDataRef{5, 257, 0, 1})});
  EXPECT_NE(refusal({key, item_bytes(ExtentDataRef{3, 257, 0, 1})}), "");
  EXPECT_NE(refusal({key, item_bytes(ExtentDataRef{5, 257, 0, 0})}), "");
}

TEST(ItemCheck, BlockGroup) {
  const TestItem good = {{1 << 20, BLOCK_GROUP_ITEM_KEY, 1 << 20},
                         item_bytes(BlockGroupItem{4096, 256, BLOCK_GROUP_DATA})};
  expect_only_this_size(good);
  auto with = [&](auto change) { return refusal(changed<BlockGroupItem>(good, change)); };
  using Group = BlockGroupItem;
  EXPECT_EQ(with([](Group& group) { group.flags = BLOCK_GROUP_DATA | BLOCK_GROUP_METADATA; }), "");
  EXPECT_NE(with([](Group& group) { group.flags = BLOCK_GROUP_DATA | BLOCK_GROUP_SYSTEM; }), "");
  EXPECT_NE(with([](Group& group) { group.flags = 0; }), "");
  EXPECT_NE(with([](Group& group) {
              group.flags = BLOCK_GROUP_DATA | BLOCK_GROUP_RAID0 | BLOCK_GROUP_DUP;
            }),
            "");
  EXPECT_NE(with([](Group& group) { group.used = (1 << 20) + 1; }), "");
  EXPECT_NE(with([](Group& group) { group.chunk_objectid = 1; }), "");
  EXPECT_NE(refusal(with_key(good, {1 << 20, BLOCK_GROUP_ITEM_KEY, 0})), "");
}

TEST(ItemCheck, DevicesAndTheirExtents) {
  DevItem device{};
  device.devid = 1;
  device.total_bytes = 100;
  const TestItem good = {{DEV_ITEMS_OBJECTID, DEV_ITEM_KEY, 1}, item_bytes(device)};
  expect_only_this_size(good);
  EXPECT_NE(refusal(with_key(good, {DEV_ITEMS_OBJECTID, DEV_ITEM_KEY, 2})), "");
  EXPECT_NE(refusal(with_key(good, {2, DEV_ITEM_KEY, 1})), "");
  EXPECT_NE(refusal(changed<DevItem>(good, [](DevItem& item) { item.bytes_used = 101; })), "");

  DevExtent extent{};
  extent.chunk_tree = CHUNK_TREE_OBJECTID;
  extent.chunk_objectid = FIRST_CHUNK_TREE_OBJECTID;
  extent.length = 8192;
  const TestItem first = {{1, DEV_EXTENT_KEY, 0}, item_bytes(extent)};
  expect_only_this_size(first);
  EXPECT_EQ(refusal(0, {first, with_key(first, {1, DEV_EXTENT_KEY, 8192})}), "");
  EXPECT_NE(refusal(0, {first, with_key(first, {1, DEV_EXTENT_KEY, 4096})}), "");
  EXPECT_EQ(refusal(0, {first, with_key(first, {2, DEV_EXTENT_KEY, 4096})}), "");
  EXPECT_NE(refusal(changed<DevExtent>(first, [](DevExtent& item) { item.chunk_tree = 2; })), "");
  EXPECT_NE(refusal(changed<DevExtent>(first, [](DevExtent& item) { item.length = 5; })), "");
}

TEST(ItemCheck, FreeSpaceAndQuota) {
  expect_only_this_size({{0, FREE_SPACE_INFO_KEY, 1 << 20}, std::vector<u8>(8)});
  EXPECT_EQ(refusal({{0, FREE_SPACE_EXTENT_KEY, 1 << 20}, {}}), "");
  EXPECT_NE(refusal({{0, FREE_SPACE_EXTENT_KEY, 1 << 20}, {1}}), "");
  EXPECT_EQ(refusal({{0, FREE_SPACE_BITMAP_KEY, 1 << 20}, std::vector<u8>(32)}), "");
  EXPECT_NE(refusal({{0, FREE_SPACE_BITMAP_KEY, 1 << 20}, std::vector<u8>(31)}), "");
  EXPECT_NE(refusal({{0, FREE_SPACE_BITMAP_KEY, ~u64{4095}}, std::vector<u8>(31)}), "");
  EXPECT_EQ(refusal({{0, QGROUP_STATUS_KEY, 0}, std::vector<u8>(32)}), "");
  EXPECT_NE(refusal({{0, QGROUP_STATUS_KEY, 0}, std::vector<u8>(31)}), "");
  expect_only_this_size({{0, QGROUP_INFO_KEY, 5}, std::vector<u8>(40)});
  expect_only_this_size({{0, QGROUP_LIMIT_KEY, 5}, std::vector<u8>(40)});
  EXPECT_EQ(refusal({{1, UUID_KEY_SUBVOL, 2}, std::vector<u8>(16)}), "");
  EXPECT_NE(refusal({{1, UUID_KEY_SUBVOL, 2}, std::vector<u8>(15)}), "");
}

TEST(ItemCheck, WhatNobodyKnowsIsLetThrough) {
  EXPECT_EQ(refusal({{1, 17, 2}, std::vector<u8>(3)}), "");
  EXPECT_EQ(refusal({{256, VERITY_MERKLE_ITEM_KEY, 0}, std::vector<u8>(2048)}), "");
  EXPECT_EQ(refusal({{ORPHAN_OBJECTID, ORPHAN_ITEM_KEY, 257}, {}}), "");
}

// Random bytes under every key type: an answer, whatever it is. (The sanitizers look on.)
TEST(ItemCheck, SurvivesAnyBytes) {
  Random random(11);
  for (int round = 0; round < 20000; ++round) {
    ItemCheck check(random.below(2) * 256, 16384, limits());
    u64 objectid = 0;
    for (int i = 0; i < 3; ++i) {
      objectid += random.below(3) * 4096;
      const Key key = {objectid, static_cast<u8>(random.below(256)), random.below(4) * 4096};
      TestItem item = opaque_item(key, static_cast<u32>(random.below(300)), random.next());
      for (u8& byte : item.data)
        if (random.below(2) == 0) byte = 0;
      if (!check.check(item.key, item.data)) break;
    }
  }
}

}  // namespace
}  // namespace canopy
