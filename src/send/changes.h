// What is done with each item that the walk through the trees reports, in the order of the keys:
// an INODE_ITEM takes another inode in hand, refs are recorded, xattrs and extents are sent, and
// before any of it the inode in hand is finished if the item is not one of its own.
//
//   item of inode 257   INODE_ITEM  INODE_REF  XATTR  EXTENT_DATA   | item of inode 258
//   commands            MKFILE                 RENAME SET_XATTR WRITE | CHOWN CHMOD UTIMES MKFILE
//
// Items that nothing is done with (DIR_INDEX, ORPHAN...) still finish an inode, even one that was
// finished before: the inode in hand stays in hand. That repeats commands, as in the kernel.
#pragma once

#include "base/result.h"
#include "send/current_inode.h"
#include "send/dir_moves.h"
#include "send/dir_times.h"
#include "send/extents.h"
#include "send/inode_creator.h"
#include "send/paths.h"
#include "send/process_refs.h"
#include "send/recorded_refs.h"
#include "send/send_context.h"
#include "send/xattrs.h"

namespace canopy {

// An item of one or both trees. The paths stand at it; that of a side that has no such item is not
// to be looked at.
struct ChangedItem {
  ItemChange change;
  Key key;
  const Path& left;   // send root
  const Path& right;  // parent root
};

class ChangeHandler {
 public:
  // `context` is borrowed.
  explicit ChangeHandler(SendContext& context);

  // REQUIRES: the commit root semaphore is not held: this may wait for the receiver.
  Result<void> handle(const ChangedItem& item);
  // After the last item; then the times of directories that were put off.
  Result<void> finish();

 private:
  // `next`: the key of the item that comes, null at the end.
  Result<void> finish_inode_if_needed(const Key* next);
  Result<void> process_refs_if_due(const Key* next);
  Result<void> finish_inode();
  Result<void> finish_attributes();
  Result<void> finish_times();

  Result<void> inode_changed(const ChangedItem& item);
  void take_created(const InodeInfo& now);
  void take_deleted(const InodeInfo& before);
  Result<void> inode_replaced(const InodeInfo& now, const InodeInfo& before);
  Result<void> process_all_refs(const RootReader& root);

  Result<void> ref_changed(const ChangedItem& item);
  Result<void> xattr_changed(const ChangedItem& item);
  Result<void> extent_changed(const ChangedItem& item);
  Result<bool> parents_were_replaced(const ChangedItem& item);
  Error inconsistent(const ChangedItem& item, std::string_view what) const;

  RefsScope refs_scope();

  SendContext& context_;
  CurrentInode inode_;
  ItemCause inode_cause_;  // its INODE_ITEM
  DirMoves moves_;
  Paths paths_;
  DirTimes times_;
  InodeCreator creator_;
  RecordedRefs refs_;
  XattrSender xattrs_;
  Extents extents_;
};

}  // namespace canopy
