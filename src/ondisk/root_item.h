// The items of the root tree that make trees and subvolumes.
#pragma once

#include "ondisk/inode_item.h"

namespace canopy {

inline constexpr u64 ROOT_SUBVOL_RDONLY = 1u << 0;
inline constexpr u64 ROOT_SUBVOL_DEAD = u64{1} << 48;

// btrfs_root_item. Everything from generation_v2 on counts only where generation_v2 equals
// generation: an old kernel that does not know those fields leaves them behind. Items of very old
// filesystems end before them (ROOT_ITEM_V0_SIZE).
struct RootItem {
  InodeItem inode;
  le64 generation;
  le64 root_dirid;
  le64 bytenr;
  le64 byte_limit;
  le64 bytes_used;
  le64 last_snapshot;
  le64 flags;
  le32 refs;
  DiskKey drop_progress;
  u8 drop_level;
  u8 level;
  le64 generation_v2;
  u8 uuid[16];
  u8 parent_uuid[16];
  u8 received_uuid[16];
  le64 ctransid;
  le64 otransid;
  le64 stransid;
  le64 rtransid;
  Timespec ctime;
  Timespec otime;
  Timespec stime;
  Timespec rtime;
  le64 reserved[8];
};
static_assert(sizeof(RootItem) == 439 && alignof(RootItem) == 1);
inline constexpr u32 ROOT_ITEM_V0_SIZE = 239;

// btrfs_root_ref: the data of ROOT_REF and ROOT_BACKREF; the name follows.
struct RootRef {
  le64 dirid;
  le64 sequence;
  le16 name_len;
};
static_assert(sizeof(RootRef) == 18);

}  // namespace canopy
