// Inodes, their names, directory entries and xattrs.
#pragma once

#include "ondisk/key.h"

namespace canopy {

inline constexpr u32 NAME_LEN_MAX = 255;

inline constexpr u8 FT_UNKNOWN = 0;
inline constexpr u8 FT_REG_FILE = 1;
inline constexpr u8 FT_DIR = 2;
inline constexpr u8 FT_CHRDEV = 3;
inline constexpr u8 FT_BLKDEV = 4;
inline constexpr u8 FT_FIFO = 5;
inline constexpr u8 FT_SOCK = 6;
inline constexpr u8 FT_SYMLINK = 7;
inline constexpr u8 FT_XATTR = 8;

// The kind of an inode in its mode, as POSIX numbers it.
inline constexpr u32 MODE_TYPE_MASK = 0170000;
inline constexpr u32 MODE_SOCKET = 0140000;
inline constexpr u32 MODE_SYMLINK = 0120000;
inline constexpr u32 MODE_REGULAR = 0100000;
inline constexpr u32 MODE_BLOCK = 0060000;
inline constexpr u32 MODE_DIRECTORY = 0040000;
inline constexpr u32 MODE_CHARACTER = 0020000;
inline constexpr u32 MODE_FIFO = 0010000;

inline constexpr u64 INODE_NODATASUM = 1u << 0;
inline constexpr u64 INODE_NODATACOW = 1u << 1;
inline constexpr u64 INODE_READONLY = 1u << 2;
inline constexpr u64 INODE_NOCOMPRESS = 1u << 3;
inline constexpr u64 INODE_PREALLOC = 1u << 4;
inline constexpr u64 INODE_SYNC = 1u << 5;
inline constexpr u64 INODE_IMMUTABLE = 1u << 6;
inline constexpr u64 INODE_APPEND = 1u << 7;
inline constexpr u64 INODE_NODUMP = 1u << 8;
inline constexpr u64 INODE_NOATIME = 1u << 9;
inline constexpr u64 INODE_DIRSYNC = 1u << 10;
inline constexpr u64 INODE_COMPRESS = 1u << 11;
inline constexpr u64 INODE_ROOT_ITEM_INIT = 1u << 31;

// btrfs_timespec
struct Timespec {
  le64 sec;
  le32 nsec;
};
static_assert(sizeof(Timespec) == 12);

// btrfs_inode_item
struct InodeItem {
  le64 generation;
  le64 transid;
  le64 size;
  le64 nbytes;
  le64 block_group;
  le32 nlink;
  le32 uid;
  le32 gid;
  le32 mode;
  le64 rdev;
  le64 flags;
  le64 sequence;
  le64 reserved[4];
  Timespec atime;
  Timespec ctime;
  Timespec mtime;
  Timespec otime;
};
static_assert(sizeof(InodeItem) == 160 && alignof(InodeItem) == 1);

// btrfs_inode_ref: one of the names of an INODE_REF item (key offset = parent inode); the name
// follows.
struct InodeRef {
  le64 index;
  le16 name_len;
};
static_assert(sizeof(InodeRef) == 10);

// btrfs_inode_extref: one of the names of an INODE_EXTREF item; the name follows.
struct InodeExtref {
  le64 parent_objectid;
  le64 index;
  le16 name_len;
};
static_assert(sizeof(InodeExtref) == 18);

// btrfs_dir_item: an entry of DIR_ITEM, DIR_INDEX or XATTR_ITEM; name_len bytes of name and
// data_len bytes of data follow.
struct DirItem {
  DiskKey location;
  le64 transid;
  le16 data_len;
  le16 name_len;
  u8 type;
};
static_assert(sizeof(DirItem) == 30);

}  // namespace canopy
