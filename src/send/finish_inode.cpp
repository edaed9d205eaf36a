// The second half of ChangeHandler: what ends an inode, in this order: names, the hole at its end,
// size, owner, mode, flags, capability, moves of directories that waited for it, times.
#include "send/apply_dir_moves.h"
#include "send/changes.h"
#include "send/commands.h"
#include "send/inode_lookup.h"

namespace canopy {

Result<void> ChangeHandler::finish_inode_if_needed(const Key* next) {
  if (inode_.ignored) return {};
  TRY(process_refs_if_due(next));
  const bool over = next == nullptr || next->objectid != inode_.ino;
  if (inode_.ino != 0 && !inode_.deleted && over) {
    context_.cause = inode_cause_;
    TRY(finish_inode());
  }
  return times_.trim();
}

Result<void> ChangeHandler::process_refs_if_due(const Key* next) {
  if (inode_.ino == 0 || refs_.empty()) return {};
  const bool more_refs =
      next != nullptr && next->objectid == inode_.ino && next->type <= INODE_EXTREF_KEY;
  if (more_refs) return {};
  context_.cause = inode_cause_;
  const bool must_wait = TRY(process_recorded_refs(refs_scope()));
  // A directory that has to wait is still where it was: it counts as not processed.
  if (!must_wait) paths_.send_progress = inode_.ino + 1;
  return {};
}

Result<void> ChangeHandler::finish_inode() {
  TRY(finish_attributes());
  TRY(xattrs_.send_capability());
  if (moves_.is_waiting_for_move(inode_.ino)) return {};
  TRY(apply_waiting_dir_moves(refs_scope()));
  paths_.send_progress = inode_.ino + 1;
  return finish_times();
}

Result<void> ChangeHandler::finish_attributes() {
  const InodeInfo now = TRY(read_inode(context_.send_root, inode_.ino));
  const bool symlink = inode_.is_symlink();
  bool truncate = inode_.next_write_offset != inode_.size;
  bool chown = true;
  bool chmod = !symlink;
  bool fileattr = false;
  if (context_.incremental() && !inode_.created) {
    const InodeInfo before = TRY(read_inode(*context_.parent_root, inode_.ino));
    chown = now.uid != before.uid || now.gid != before.gid;
    chmod = !symlink && now.mode != before.mode;
    fileattr = !symlink && now.flags != before.flags;
    // Decided before a hole at the end is written, which moves next_write_offset: the kernel's
    // order.
    truncate = before.size != inode_.size &&
               (inode_.size < before.size || inode_.next_write_offset != inode_.size);
    if (inode_.is_regular()) TRY(extents_.finish_file());
  }

  if (truncate && inode_.is_regular()) {
    TRY(send_truncate(context_, TRY(paths_.current_inode_path()), inode_.size,
                      "The size of a file is not where its last write ended"));
  }
  if (chown) {
    TRY(send_chown(context_, TRY(paths_.current_inode_path()), now.uid, now.gid,
                   "The owner of an inode is new or another"));
  }
  if (chmod) {
    TRY(send_chmod(context_, TRY(paths_.current_inode_path()), now.mode,
                   "The mode of an inode is new or another"));
  }
  if (fileattr) {
    TRY(send_fileattr(context_, TRY(paths_.current_inode_path()), now.flags,
                      "The flags of an inode are others"));
  }
  return {};
}

Result<void> ChangeHandler::finish_times() {
  // A directory will very likely get more entries, from inodes with higher numbers.
  if (inode_.is_directory() && inode_.size > 0) {
    times_.remember(inode_.ino, inode_.gen);
    return {};
  }
  return times_.send_now(inode_.ino, inode_.gen, "The times of an inode are set when it is done");
}

}  // namespace canopy
