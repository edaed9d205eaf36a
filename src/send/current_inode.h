// The inode in hand. The walk meets items in the order of their keys, so that everything of one
// inode is together, its INODE_ITEM first. It stays "in hand" after its last item until the next
// INODE_ITEM that differs: what comes between (ORPHAN items, extents that changed without their
// inode) finds it still here, as in the kernel.
#pragma once

#include "ondisk/inode_item.h"

namespace canopy {

struct CurrentInode {
  static constexpr u64 unknown = ~u64{0};

  u64 ino = 0;  // 0: none yet
  // Of the send root's inode; of the parent root's while it is being deleted.
  u64 gen = 0;
  u64 size = 0;
  u64 mode = 0;
  u64 rdev = 0;  // kept from the last inode that was created

  bool created = false;  // not in the parent root, or there as another inode
  // The number was used again (another generation), or one side has no links: the inode was
  // deleted and created as a whole when its INODE_ITEM was met, its other items say nothing more.
  bool new_gen = false;
  bool deleted = false;
  bool ignored = false;  // without links on every side that has it

  // For holes in an incremental send: the end of the last extent item seen; unknown: none yet.
  u64 last_extent = unknown;
  // File data up to here was written or cloned to the receiver's file.
  u64 next_write_offset = 0;

  bool is_regular() const { return (mode & MODE_TYPE_MASK) == MODE_REGULAR; }
  bool is_directory() const { return (mode & MODE_TYPE_MASK) == MODE_DIRECTORY; }
  bool is_symlink() const { return (mode & MODE_TYPE_MASK) == MODE_SYMLINK; }

  bool is(u64 other_ino, u64 other_gen) const { return ino == other_ino && gen == other_gen; }
};

}  // namespace canopy
