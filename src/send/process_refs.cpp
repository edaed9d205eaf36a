#include "send/process_refs.h"

#include <algorithm>

#include "send/commands.h"
#include "send/current_inode.h"
#include "send/dir_removal.h"
#include "send/dir_times.h"
#include "send/inode_creator.h"
#include "send/inode_lookup.h"
#include "send/move_delays.h"
#include "send/paths.h"

namespace canopy {
namespace {

class RefProcessor {
 public:
  explicit RefProcessor(const RefsScope& scope) : s_(scope) {}

  Result<bool> run() {
    TRY(find_valid_path());
    for (RecordedRef& ref : s_.refs.added())
      TRY(clear_the_way(ref));
    for (RecordedRef& ref : s_.refs.added())
      TRY(take_name(ref));
    if (!s_.inode.is_directory()) {
      TRY(drop_old_links());
    } else if (s_.inode.deleted) {
      TRY(drop_directory());
    } else if (!s_.refs.deleted().empty()) {
      check_dir_later(s_.refs.deleted().front());
    }
    for (const RecordedRef* ref : check_dirs_) {
      s_.context.cause = ref->cause;
      TRY(check_dir({ref->dir, ref->dir_gen}));
    }
    return !can_rename_;
  }

 private:
  bool is_dir() const { return s_.inode.is_directory(); }

  Result<void> find_valid_path();
  Result<void> clear_the_way(RecordedRef& ref);
  Result<void> orphanize_other(const Paths::Overwritten& other, RecordedRef& ref);
  Result<void> take_name(RecordedRef& ref);
  Result<void> create_parent_if_missing(const RecordedRef& ref);
  Result<void> rename_current(std::string_view to, std::string_view rule);
  Result<void> drop_old_links();
  Result<void> drop_directory();
  void check_dir_later(const RecordedRef& ref);
  Result<void> check_dir(const DirId& dir);

  const RefsScope& s_;
  // A path under which the receiver has the inode now; kept up to date.
  std::string valid_path_;
  bool is_orphan_ = false;  // valid_path_ is the orphan name
  bool can_rename_ = true;  // a directory's move need not wait
  bool orphanized_dir_ = false;
  bool orphanized_ancestor_ = false;
  std::vector<const RecordedRef*> check_dirs_;  // each directory once, in the order of the refs
  std::set<DirId> checked_;
};

Result<void> RefProcessor::find_valid_path() {
  const CurrentInode& inode = s_.inode;
  // A new inode has no name yet; an old one may have lost its first name to an inode before it.
  is_orphan_ = inode.created || TRY(s_.paths.did_overwrite_first_ref(inode.ino, inode.gen));
  if (is_orphan_) return s_.paths.append_orphan_name(inode.ino, inode.gen, valid_path_);
  return s_.paths.path_of(inode.ino, inode.gen, valid_path_);
}

Result<void> RefProcessor::clear_the_way(RecordedRef& ref) {
  s_.context.cause = ref.cause;
  if (TRY(s_.paths.inode_state(ref.dir, ref.dir_gen)) == InodeState::will_create) return {};
  auto other = TRY(s_.paths.will_overwrite(ref.dir, ref.dir_gen, ref.name()));
  if (!other) return {};

  FirstRef first = TRY(read_first_ref(*s_.context.parent_root, other->ino));
  if (orphanized_dir_) TRY(refresh_path(s_.paths, ref));
  if (first.dir == ref.dir && first.name == ref.name()) return orphanize_other(*other, ref);
  return send_unlink(s_.context, ref.full_path,
                     "A new name is in use as a further link of an inode not yet processed");
}

Result<void> RefProcessor::orphanize_other(const Paths::Overwritten& other, RecordedRef& ref) {
  std::string orphan;
  TRY(s_.paths.append_orphan_name(other.ino, other.gen, orphan));
  TRY(send_rename(s_.context, ref.full_path, orphan,
                  "A new name is in use by an inode not yet processed, which steps aside"));
  if (s_.inode.is(other.ino, other.gen)) s_.paths.set_current_inode_path(orphan);
  if ((other.mode & MODE_TYPE_MASK) == MODE_DIRECTORY) orphanized_dir_ = true;
  if (WaitingMove* move = s_.moves.waiting_move(other.ino)) move->orphanized = true;
  // Names found later must not be built on the old one.
  s_.paths.forget_name(other.ino, other.gen);

  // If it was above the inode in hand, the path of that one has changed with it.
  if (TRY(is_ancestor(*s_.context.parent_root, other.ino, other.gen, s_.inode.ino))) {
    orphanized_ancestor_ = true;
    s_.paths.set_current_inode_path({});
    TRY(s_.paths.path_of(s_.inode.ino, s_.inode.gen, valid_path_));
  }
  return {};
}

Result<void> RefProcessor::take_name(RecordedRef& ref) {
  s_.context.cause = ref.cause;
  if (TRY(s_.paths.inode_state(ref.dir, ref.dir_gen)) == InodeState::will_create) {
    TRY(create_parent_if_missing(ref));
  }
  if (is_dir() && s_.context.incremental()) {
    if (TRY(wait_for_dest_dir_move(s_, ref, is_orphan_))) can_rename_ = false;
    if (can_rename_ && TRY(wait_for_parent_move(s_, ref, is_orphan_))) can_rename_ = false;
  }

  if (is_orphan_ && can_rename_) {
    TRY(rename_current(ref.full_path, "A new name: the inode is renamed from its orphan name"));
    is_orphan_ = false;
  } else if (can_rename_ && is_dir()) {
    TRY(rename_current(ref.full_path, "A directory has another name or parent"));
  } else if (can_rename_) {
    if (orphanized_dir_) TRY(refresh_path(s_.paths, ref));
    TRY(send_link(s_.context, ref.full_path, valid_path_, "An inode has one more name"));
  }
  check_dir_later(ref);
  return {};
}

Result<void> RefProcessor::create_parent_if_missing(const RecordedRef& ref) {
  for (const RecordedRef& earlier : s_.refs.added()) {
    if (&earlier == &ref) break;
    if (earlier.dir == ref.dir) return {};
  }
  if (TRY(s_.creator.did_create_dir(ref.dir))) return {};
  return s_.creator.create_dir_out_of_order(ref.dir);
}

Result<void> RefProcessor::rename_current(std::string_view to, std::string_view rule) {
  TRY(send_rename(s_.context, valid_path_, to, rule));
  s_.paths.set_current_inode_path(to);
  valid_path_ = to;
  return {};
}

Result<void> RefProcessor::drop_old_links() {
  for (RecordedRef& ref : s_.refs.deleted()) {
    s_.context.cause = ref.cause;
    if (!TRY(
            s_.paths.did_overwrite(ref.dir, ref.dir_gen, s_.inode.ino, s_.inode.gen, ref.name()))) {
      if (orphanized_ancestor_) TRY(refresh_path(s_.paths, ref));
      TRY(send_unlink(s_.context, ref.full_path, "A name is gone"));
      if (s_.paths.begins_with_current_inode_path(ref.full_path)) {
        s_.paths.set_current_inode_path({});
      }
    }
    check_dir_later(ref);
  }
  if (!is_orphan_) return {};
  return send_unlink(s_.context, valid_path_,
                     "An inode that lost its first name to another has no new one");
}

Result<void> RefProcessor::drop_directory() {
  if (TRY(can_remove_dir(s_.context, s_.inode, s_.moves, s_.inode.ino, s_.inode.gen))) {
    TRY(send_rmdir(s_.context, valid_path_, "A deleted directory is empty"));
  } else if (!is_orphan_) {
    std::string orphan;
    TRY(s_.paths.append_orphan_name(s_.inode.ino, s_.inode.gen, orphan));
    TRY(send_rename(s_.context, valid_path_, orphan,
                    "A deleted directory is not empty yet and steps aside"));
    s_.paths.set_current_inode_path(orphan);
    is_orphan_ = true;
  }
  for (const RecordedRef& ref : s_.refs.deleted())
    check_dir_later(ref);
  return {};
}

void RefProcessor::check_dir_later(const RecordedRef& ref) {
  if (checked_.insert({ref.dir, ref.dir_gen}).second) check_dirs_.push_back(&ref);
}

Result<void> RefProcessor::check_dir(const DirId& dir) {
  // A directory that comes later is dealt with when it comes.
  if (dir.ino > s_.inode.ino) return {};
  switch (TRY(s_.paths.inode_state(dir.ino, dir.gen))) {
    case InodeState::did_create:
    case InodeState::no_change:
      s_.times.remember(dir.ino, dir.gen);
      return {};
    case InodeState::did_delete: {
      if (!TRY(can_remove_dir(s_.context, s_.inode, s_.moves, dir.ino, dir.gen))) return {};
      TRY(s_.paths.path_of(dir.ino, dir.gen, valid_path_));
      return send_rmdir(s_.context, valid_path_,
                        "A deleted directory lost the last entry it waited for");
    }
    case InodeState::will_create:
    case InodeState::will_delete:
      return {};
  }
  return {};
}

}  // namespace

Result<bool> process_recorded_refs(const RefsScope& scope) {
  // The top directory is always "..": its names cannot change.
  if (scope.inode.ino <= FIRST_FREE_OBJECTID) {
    return error(Code::invalid, "inode {} has names to process", scope.inode.ino)
        .as_errno("EINVAL");
  }
  RefProcessor processor(scope);
  bool must_wait = TRY(processor.run());
  scope.refs.clear();
  return must_wait;
}

}  // namespace canopy
