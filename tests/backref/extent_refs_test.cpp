#include "backref/extent_refs.h"

#include <gtest/gtest.h>

#include "support/image_builder.h"

namespace canopy {
namespace {

constexpr u64 bytenr = 1 << 20;
constexpr u32 sectorsize = 4096;
constexpr Key data_key{bytenr, EXTENT_ITEM_KEY, 8192};
constexpr Key block_key{bytenr, METADATA_ITEM_KEY, 2};

std::vector<u8> head(u64 flags, u64 refs = 1) {
  ExtentItem item{};
  item.refs = refs;
  item.generation = 7;
  item.flags = flags;
  return item_bytes(item);
}

std::vector<u8> inline_ref(u8 type, u64 offset) {
  ExtentInlineRef ref{};
  ref.type = type;
  ref.offset = offset;
  return item_bytes(ref);
}

std::vector<u8> inline_data_ref(u64 root, u64 objectid, u64 offset, u32 count) {
  ExtentDataRef ref{};
  ref.root = root;
  ref.objectid = objectid;
  ref.offset = offset;
  ref.count = count;
  return joined({{EXTENT_DATA_REF_KEY}, item_bytes(ref)});
}

Result<std::vector<ExtentRef>> inline_refs(const Key& key, const std::vector<u8>& item) {
  std::vector<ExtentRef> refs;
  TRY(parse_inline_refs(key, item, sectorsize, refs));
  return refs;
}

TEST(ExtentRefs, InfoOfDataAndOfTreeBlocksIsReadFromTheirItems) {
  auto data = parse_extent_info(data_key, head(EXTENT_FLAG_DATA, 5));
  ASSERT_TRUE(data.ok());
  EXPECT_TRUE(data.value().is_data());
  EXPECT_EQ(data.value().refs, 5u);
  EXPECT_EQ(data.value().length, 8192u);

  auto block = parse_extent_info(block_key, head(EXTENT_FLAG_TREE_BLOCK));
  ASSERT_TRUE(block.ok());
  EXPECT_EQ(block.value().level, 2);

  TreeBlockInfo info{};
  info.level = 3;
  auto old = parse_extent_info({bytenr, EXTENT_ITEM_KEY, 16384},
                               joined({head(EXTENT_FLAG_TREE_BLOCK), item_bytes(info)}));
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(old.value().level, 3);
}

TEST(ExtentRefs, ItemsThatCannotBeAreRefused) {
  EXPECT_FALSE(parse_extent_info(data_key, Bytes()).ok());
  EXPECT_FALSE(parse_extent_info(data_key, head(0)).ok());
  EXPECT_FALSE(
      parse_extent_info({bytenr, METADATA_ITEM_KEY, 8}, head(EXTENT_FLAG_TREE_BLOCK)).ok());
  EXPECT_FALSE(
      parse_extent_info({bytenr, EXTENT_ITEM_KEY, 16384}, head(EXTENT_FLAG_TREE_BLOCK)).ok());
}

TEST(ExtentRefs, AllKindsOfInlineReferencesAreParsed) {
  SharedDataRef shared{};
  shared.count = 9;
  auto refs = inline_refs(
      data_key, joined({head(EXTENT_FLAG_DATA, 12), inline_ref(EXTENT_OWNER_REF_KEY, 256),
                        inline_data_ref(257, 300, 4096, 3),
                        joined({inline_ref(SHARED_DATA_REF_KEY, 5 * 4096), item_bytes(shared)})}));
  ASSERT_TRUE(refs.ok());
  ASSERT_EQ(refs.value().size(), 2u);
  EXPECT_EQ(refs.value()[0], (ExtentRef{EXTENT_DATA_REF_KEY, 257, 300, 4096, 0, 3}));
  EXPECT_EQ(refs.value()[1], (ExtentRef{SHARED_DATA_REF_KEY, 0, 0, 0, 5 * 4096, 9}));

  refs = inline_refs(block_key,
                     joined({head(EXTENT_FLAG_TREE_BLOCK, 2), inline_ref(TREE_BLOCK_REF_KEY, 5),
                             inline_ref(SHARED_BLOCK_REF_KEY, 4096)}));
  ASSERT_TRUE(refs.ok());
  ASSERT_EQ(refs.value().size(), 2u);
  EXPECT_EQ(refs.value()[0].root, 5u);
  EXPECT_EQ(refs.value()[1].parent, 4096u);
}

TEST(ExtentRefs, AnInlineReferenceOfUnknownTypeOrCutOffOrToNoAddressIsAnError) {
  for (u8 type : {u8{0}, u8{177}, u8{255}}) {
    EXPECT_FALSE(inline_refs(data_key, joined({head(EXTENT_FLAG_DATA), inline_ref(type, 1)})).ok());
  }
  auto whole = joined({head(EXTENT_FLAG_DATA), inline_data_ref(257, 300, 0, 1)});
  for (std::size_t size = sizeof(ExtentItem) + 1; size < whole.size(); ++size) {
    EXPECT_FALSE(
        inline_refs(data_key, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)})
            .ok());
  }
  for (u64 parent : {u64{0}, u64{4097}}) {
    auto refs = inline_refs(block_key, joined({head(EXTENT_FLAG_TREE_BLOCK),
                                               inline_ref(SHARED_BLOCK_REF_KEY, parent)}));
    ASSERT_FALSE(refs.ok());
    EXPECT_EQ(refs.error().address(), bytenr);
  }
}

TEST(ExtentRefs, KeyedReferencesSayTheSameAsInlineOnes) {
  ExtentDataRef data{};
  data.root = 257;
  data.objectid = 300;
  data.count = 4;
  auto ref = parse_keyed_ref({bytenr, EXTENT_DATA_REF_KEY, 99}, item_bytes(data), sectorsize);
  ASSERT_TRUE(ref.ok() && ref.value());
  EXPECT_EQ(*ref.value(), (ExtentRef{EXTENT_DATA_REF_KEY, 257, 300, 0, 0, 4}));

  ref = parse_keyed_ref({bytenr, TREE_BLOCK_REF_KEY, 258}, Bytes(), sectorsize);
  ASSERT_TRUE(ref.ok() && ref.value());
  EXPECT_EQ(ref.value()->root, 258u);

  EXPECT_FALSE(parse_keyed_ref({bytenr, EXTENT_DATA_REF_KEY, 99}, Bytes(), sectorsize).ok());
  EXPECT_FALSE(parse_keyed_ref({bytenr, SHARED_DATA_REF_KEY, 4096}, Bytes(), sectorsize).ok());
  EXPECT_FALSE(parse_keyed_ref({bytenr, SHARED_BLOCK_REF_KEY, 1}, Bytes(), sectorsize).ok());
  auto owner = parse_keyed_ref({bytenr, EXTENT_OWNER_REF_KEY, 0}, Bytes(), sectorsize);
  ASSERT_TRUE(owner.ok());
  EXPECT_FALSE(owner.value());
}

}  // namespace
}  // namespace canopy
