#include "inspect/item_fields.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "ondisk/file_extent.h"

namespace canopy {
namespace {

constexpr u32 BASE = 1000;  // where items lie in their block

FieldContext context() {
  FieldContext context;
  context.nodesize = 16384;
  context.sectorsize = 4096;
  return context;
}

std::string dump_of(const Key& key, Bytes item, const FieldContext& how = context()) {
  FieldList list(how, item, BASE);
  decode_item(list, key);
  std::string text;
  list.append_dump(text);
  return text;
}

std::vector<u8> inode_ref(u64 index, std::string_view name) {
  const InodeRef ref{index, static_cast<u16>(name.size())};
  std::vector<u8> bytes(sizeof ref + name.size());
  std::memcpy(bytes.data(), &ref, sizeof ref);
  std::memcpy(bytes.data() + sizeof ref, name.data(), name.size());
  return bytes;
}

TEST(ItemFields, InodeItemIsCoveredByItsFieldsWithoutOverlap) {
  const InodeItem inode{};
  const FieldContext how = context();
  FieldList list(how, as_bytes(inode), BASE);
  decode_item(list, {256, INODE_ITEM_KEY, 0});
  std::vector<int> covered(sizeof inode);
  for (const Field& field : list.fields())
    for (u32 i = 0; i < field.size; ++i)
      ++covered.at(field.offset - BASE + i);
  for (std::size_t i = 0; i < covered.size(); ++i) {
    const bool reserved = i >= offsetof(InodeItem, reserved) && i < offsetof(InodeItem, atime);
    EXPECT_EQ(covered[i], reserved ? 0 : 1) << i;
  }
}

TEST(ItemFields, DumpIsWhatBtrfsProgsPrints) {
  EXPECT_EQ(dump_of({257, INODE_REF_KEY, 256}, inode_ref(2, "a b")),
            "\t\tindex 2 namelen 3 name: a\\ b\n");
  const std::vector<u8> none;
  EXPECT_EQ(dump_of({ORPHAN_OBJECTID, ORPHAN_ITEM_KEY, 300}, none), "\t\torphan item\n");
}

TEST(ItemFields, HiddenNamesAreNotInTheDump) {
  FieldContext how = context();
  how.hide_names = true;
  EXPECT_EQ(dump_of({257, INODE_REF_KEY, 256}, inode_ref(2, "secret"), how),
            "\t\tindex 2 namelen 6 name: HIDDEN\n");
}

TEST(ItemFields, SeveralNamesOfAnItemAreGroupsOfFields) {
  auto bytes = inode_ref(2, "one");
  const auto second = inode_ref(3, "two");
  bytes.insert(bytes.end(), second.begin(), second.end());
  const FieldContext how = context();
  FieldList list(how, bytes, BASE);
  decode_item(list, {257, INODE_REF_KEY, 256});
  std::vector<std::string> names;
  u32 groups = 0;
  for (const Field& field : list.fields()) {
    groups += field.is_group;
    if (field.name == "name") {
      names.push_back(field.value);
      EXPECT_EQ(field.depth, 1);
      EXPECT_EQ(as_text(Bytes(bytes).subspan(field.offset - BASE, field.size)), field.value);
    }
  }
  EXPECT_EQ(groups, 2u);
  EXPECT_EQ(names, (std::vector<std::string>{"one", "two"}));
}

TEST(ItemFields, AnItemThatIsTooShortSaysSo) {
  const std::vector<u8> bytes(7);
  const FieldContext how = context();
  FieldList list(how, bytes, BASE);
  decode_item(list, {256, INODE_ITEM_KEY, 0});
  EXPECT_TRUE(list.too_short());
  EXPECT_EQ(list.fields().back().name, "too short");
}

// The bytes of small files lie where the fields of other extents are, and are often fewer.
TEST(ItemFields, AnInlineExtentOfAFewBytesIsNotTooShort) {
  const FieldContext how = context();
  const Key key{257, EXTENT_DATA_KEY, 0};
  FileExtentItem extent{};
  extent.generation = 8;
  extent.ram_bytes = 9;
  const Bytes item = as_bytes(extent).first(FILE_EXTENT_INLINE_DATA_START + 9);
  EXPECT_EQ(dump_of(key, item),
            "\t\tgeneration 8 type 0 (inline)\n"
            "\t\tinline extent data size 9 ram_bytes 9 compression 0 (none)\n");
  const auto is_too_short = [&](Bytes bytes) {
    FieldList list(how, bytes, BASE);
    decode_item(list, key);
    return list.too_short();
  };
  EXPECT_FALSE(is_too_short(item));
  EXPECT_TRUE(is_too_short(item.first(FILE_EXTENT_INLINE_DATA_START - 1)));
  extent.type = FILE_EXTENT_REG;
  EXPECT_TRUE(is_too_short(item));
  EXPECT_FALSE(is_too_short(as_bytes(extent)));
}

TEST(ItemFields, AnyBytesOfAnyTypeStayWithinTheItem) {
  Random random(1);
  const FieldContext how = context();
  for (u32 type = 0; type < 256; ++type) {
    for (u32 round = 0; round < 40; ++round) {
      std::vector<u8> bytes(random.below(300u));
      for (u8& byte : bytes)
        byte = static_cast<u8>(round % 2 == 0 ? random.next() : random.below(4u));
      FieldList list(how, bytes, BASE);
      const u64 objectid = random.below(2u) == 0 ? random.next() : FREE_SPACE_OBJECTID;
      decode_item(list, {objectid, static_cast<u8>(type), random.next()});
      for (const Field& field : list.fields()) {
        if (field.name.empty()) continue;
        EXPECT_GE(field.offset, BASE);
        EXPECT_LE(field.offset + field.size, BASE + bytes.size()) << type << " " << field.name;
      }
      std::string text;
      list.append_dump(text);
    }
  }
}

TEST(ItemFields, KeysArePrintedAsBtrfsProgsPrintsThem) {
  EXPECT_EQ(key_text({FREE_SPACE_OBJECTID, 0, 4096}), "(FREE_SPACE UNTYPED 4096)");
  EXPECT_EQ(key_text({256, DIR_ITEM_KEY, ~u64{0}}), "(256 DIR_ITEM -1)");
  EXPECT_EQ(key_text({0, QGROUP_INFO_KEY, (u64{1} << 48) | 256}), "(0 QGROUP_INFO 1/256)");
  EXPECT_EQ(key_text({1, DEV_ITEM_KEY, 1}), "(DEV_ITEMS DEV_ITEM 1)");
  EXPECT_EQ(key_text({1, DEV_EXTENT_KEY, 65536}), "(1 DEV_EXTENT 65536)");
  EXPECT_EQ(key_text({7, UUID_KEY_SUBVOL, 9}),
            "(0x0000000000000007 UUID_KEY_SUBVOL 0x0000000000000009)");
}

}  // namespace
}  // namespace canopy
