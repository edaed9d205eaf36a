// Who refers to an extent: EXTENT_ITEM and METADATA_ITEM with their inline references, and the
// same references as keyed items where they do not fit inline.
#pragma once

#include "ondisk/key.h"

namespace canopy {

inline constexpr u64 EXTENT_FLAG_DATA = 1u << 0;
inline constexpr u64 EXTENT_FLAG_TREE_BLOCK = 1u << 1;
inline constexpr u64 BLOCK_FLAG_FULL_BACKREF = 1u << 8;

// btrfs_extent_item; of an EXTENT_ITEM of a tree block a TreeBlockInfo follows, then inline
// references.
struct ExtentItem {
  le64 refs;
  le64 generation;
  le64 flags;
};
static_assert(sizeof(ExtentItem) == 24);

// btrfs_tree_block_info
struct TreeBlockInfo {
  DiskKey key;
  u8 level;
};
static_assert(sizeof(TreeBlockInfo) == 18);

// btrfs_extent_inline_ref. Of an EXTENT_DATA_REF the ExtentDataRef stands in the place of offset,
// of a SHARED_DATA_REF a SharedDataRef follows.
struct ExtentInlineRef {
  u8 type;
  le64 offset;
};
static_assert(sizeof(ExtentInlineRef) == 9);

// btrfs_extent_data_ref
struct ExtentDataRef {
  le64 root;
  le64 objectid;
  le64 offset;
  le32 count;
};
static_assert(sizeof(ExtentDataRef) == 28);

// btrfs_shared_data_ref
struct SharedDataRef {
  le32 count;
};
static_assert(sizeof(SharedDataRef) == 4);

// btrfs_extent_owner_ref
struct ExtentOwnerRef {
  le64 root_id;
};
static_assert(sizeof(ExtentOwnerRef) == 8);

// The size of an inline reference of `type`, 0 if there is none of that type.
constexpr u32 extent_inline_ref_size(u8 type) {
  switch (type) {
    case TREE_BLOCK_REF_KEY:
    case SHARED_BLOCK_REF_KEY:
    case EXTENT_OWNER_REF_KEY:
      return sizeof(ExtentInlineRef);
    case SHARED_DATA_REF_KEY:
      return sizeof(ExtentInlineRef) + sizeof(SharedDataRef);
    case EXTENT_DATA_REF_KEY:
      return 1 + sizeof(ExtentDataRef);
    default:
      return 0;
  }
}

}  // namespace canopy
