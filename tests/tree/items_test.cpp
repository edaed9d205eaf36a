#include "tree/items.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace canopy {
namespace {

template <typename T>
void append(std::vector<u8>& bytes, const T& header, std::string_view text) {
  Bytes raw = as_bytes(header);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
  bytes.insert(bytes.end(), text.begin(), text.end());
}

DirItem entry(u64 ino, u8 type, std::size_t name, std::size_t data) {
  return {DiskKey::encode({ino, INODE_ITEM_KEY, 0}), 0, static_cast<u16>(data),
          static_cast<u16>(name), type};
}

TEST(InodeNames, OfOneItemComeInItsOrder) {
  std::vector<u8> item;
  append(item, InodeRef{2, 1}, "b");
  append(item, InodeRef{3, 2}, "aa");
  InodeNames names({257, INODE_REF_KEY, 256}, item);
  auto first = names.next();
  ASSERT_TRUE(first.ok() && first.value());
  EXPECT_EQ(first.value()->name, "b");
  EXPECT_EQ(first.value()->dir, 256u);
  EXPECT_EQ(names.next().value()->name, "aa");
  EXPECT_FALSE(names.next().value());
}

TEST(InodeNames, OfExtendedRefsHaveTheirOwnDirectory) {
  std::vector<u8> item;
  append(item, InodeExtref{300, 2, 1}, "x");
  append(item, InodeExtref{301, 2, 1}, "y");
  InodeNames names({257, INODE_EXTREF_KEY, 12345}, item);
  EXPECT_EQ(names.next().value()->dir, 300u);
  EXPECT_EQ(names.next().value()->dir, 301u);
}

TEST(InodeNames, ThatRunOverTheEndAreAnError) {
  std::vector<u8> item;
  append(item, InodeRef{2, 5}, "abc");
  EXPECT_FALSE(InodeNames({257, INODE_REF_KEY, 256}, item).next().ok());
  item.resize(sizeof(InodeRef) - 1);
  EXPECT_FALSE(InodeNames({257, INODE_REF_KEY, 256}, item).next().ok());
}

TEST(DirEntries, OfOneHashAreFoundByName) {
  std::vector<u8> item;
  append(item, entry(257, FT_REG_FILE, 3, 0), "one");
  append(item, entry(258, FT_XATTR, 3, 4), "twodata");
  auto found = find_dir_entry_in_item(item, "two");
  ASSERT_TRUE(found.ok() && found.value());
  EXPECT_EQ(found.value()->location.objectid, 258u);
  EXPECT_EQ(as_text(found.value()->data), "data");
  EXPECT_FALSE(find_dir_entry_in_item(item, "three").value());
}

TEST(DirEntries, ThatRunOverTheEndAreAnError) {
  std::vector<u8> item;
  append(item, entry(257, FT_REG_FILE, 3, 1), "one");
  EXPECT_FALSE(first_dir_entry(item).ok());
  EXPECT_FALSE(first_dir_entry({}).ok());
}

TEST(NameHash, IsTheOneOfTheKernel) {
  // The offsets of the DIR_ITEM keys that the kernel makes for these names.
  EXPECT_EQ(name_hash("default"), 2378154706u);
}

}  // namespace
}  // namespace canopy
