// The shape of every item of a leaf, by the type of its key: sizes, lengths within the item, values
// that cannot be, order and overlap where neighbours in the leaf show it. After this, the typed
// views of items (items.h) cannot run over an item's end.
//
// It is made once for each block that is read, so it allocates nothing as long as all is well.
#pragma once

#include <string>

#include "ondisk/key.h"
#include "tree/tree_check.h"

namespace canopy {

class ItemCheck {
 public:
  ItemCheck(u64 owner, u32 nodesize, const TreeCheckLimits& limits)
      : limits_(limits), nodesize_(nodesize), owner_is_subvolume_(is_subvolume_id(owner)) {}

  // Checks the next item of the leaf; false: it is bad, reason() says why. REQUIRES: items are
  // given in the order of the leaf, keys ascending.
  bool check(const Key& key, Bytes item);
  const std::string& reason() const { return reason_; }

 private:
  bool check_by_type(const Key& key, Bytes item);

  // tree_check_items.cpp: what subvolumes, the checksum tree and the root tree hold.
  bool check_inode_item(const Key& key, Bytes item);
  bool check_inode_ref(const Key& key, Bytes item);
  bool check_inode_extref(const Key& key, Bytes item);
  bool check_dir_item(const Key& key, Bytes item);
  bool check_location(const Key& key, const Key& location);
  bool check_file_extent(const Key& key, Bytes item);
  bool check_csum(const Key& key, Bytes item);
  bool check_root_item(const Key& key, Bytes item);
  bool check_root_ref(Bytes item);
  bool check_same_inode(const Key& key);

  // tree_check_extents.cpp: what the extent, chunk, device, free space and quota trees hold.
  bool check_extent_item(const Key& key, Bytes item);
  bool check_extent_head(const Key& key, Bytes item);
  bool check_inline_refs(Bytes refs, u64 total_refs);
  bool check_inline_ref(u8 type, Bytes ref, u64& sequence, u64& count);
  bool check_data_ref(Bytes ref);
  bool check_keyed_ref(const Key& key, Bytes item);
  bool check_keyed_data_ref(const Key& key, Bytes item);
  bool check_block_group(const Key& key, Bytes item);
  bool check_chunk(const Key& key, Bytes item);
  bool check_dev_item(const Key& key, Bytes item);
  bool check_dev_extent(const Key& key, Bytes item);
  bool check_free_space(const Key& key, Bytes item);
  bool check_raid_stripe(const Key& key, Bytes item);

  bool is_aligned(u64 value) const { return value % limits_.sectorsize == 0; }
  bool has_size(Bytes item, std::size_t size) {
    return item.size() == size || fail("item of {} bytes instead of {}", item.size(), size);
  }
  bool has_least_size(Bytes item, std::size_t size) {
    return item.size() >= size ||
           fail("item of {} bytes, at least {} are needed", item.size(), size);
  }
  template <typename... Args>
  [[gnu::cold]] bool fail(fmt::format_string<Args...> format, Args&&... args) {
    reason_ = fmt::format(format, std::forward<Args>(args)...);
    return false;
  }

  const TreeCheckLimits& limits_;
  u32 nodesize_;
  bool owner_is_subvolume_;
  bool has_previous_ = false;
  Key previous_;
  Bytes previous_item_;
  std::string reason_;
};

}  // namespace canopy
