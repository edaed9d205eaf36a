// Items that hold several entries behind each other: the names of an inode, the entries of a
// directory or xattrs with one hash; and the hashes that stand in keys. The items of a block that
// was read have been checked (tree_check_items.h); each entry is held against the end of its item
// once more, for bytes that come from elsewhere.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "ondisk/inode_item.h"

namespace canopy {

// One name of an INODE_REF (its parent is the key's offset) or INODE_EXTREF item.
struct InodeName {
  u64 dir;
  std::string_view name;
};

class InodeNames {
 public:
  InodeNames(const Key& key, Bytes item) : key_(key), rest_(item) {}
  // Absent: that was the last.
  Result<std::optional<InodeName>> next();

 private:
  Key key_;
  Bytes rest_;
};

// One entry of a DIR_ITEM, DIR_INDEX or XATTR_ITEM item.
struct DirEntry {
  Key location;
  u8 type;
  std::string_view name;
  Bytes data;

  bool is_subvolume() const { return location.type == ROOT_ITEM_KEY; }
};

class DirEntries {
 public:
  explicit DirEntries(Bytes item) : rest_(item) {}
  Result<std::optional<DirEntry>> next();

 private:
  Bytes rest_;
};

// The first entry of an item. Error where the item is empty.
Result<DirEntry> first_dir_entry(Bytes item);
// The entry called `name`.
Result<std::optional<DirEntry>> find_dir_entry_in_item(Bytes item, std::string_view name);

// The offset of the key under which `name` is found in DIR_ITEM and XATTR_ITEM items.
u64 name_hash(std::string_view name);

// The hash of a data reference: the offset of its key, and the order of such references in an item.
u64 extent_data_ref_hash(u64 root, u64 objectid, u64 offset);

}  // namespace canopy
