#include "send/changes.h"

#include "send/inode_lookup.h"
#include "tree/items.h"

namespace canopy {
namespace {

const char* change_name(ItemChange change) {
  switch (change) {
    case ItemChange::created:
      return "new";
    case ItemChange::deleted:
      return "deleted";
    case ItemChange::changed:
      return "updated";
    case ItemChange::same:
      return "unchanged";
  }
  return "";
}

bool is_ref(const Key& key) { return key.type == INODE_REF_KEY || key.type == INODE_EXTREF_KEY; }

}  // namespace

ChangeHandler::ChangeHandler(SendContext& context)
    : context_(context),
      paths_(context, inode_, moves_),
      times_(context, paths_),
      creator_(context, inode_, paths_),
      refs_(context, paths_),
      xattrs_(context, inode_, paths_),
      extents_(context, inode_, paths_) {}

RefsScope ChangeHandler::refs_scope() {
  return {context_, inode_, paths_, moves_, times_, creator_, refs_};
}

Result<void> ChangeHandler::handle(const ChangedItem& reported) {
  ItemChange change = reported.change;
  const Key& key = reported.key;
  const bool deleted = change == ItemChange::deleted;
  auto set_cause = [&] {
    if (deleted)
      context_.set_cause(change, *context_.parent_root, reported.right);
    else
      context_.set_cause(change, context_.send_root, reported.left);
  };

  if (change == ItemChange::same) {
    if (key.type == EXTENT_DATA_KEY) {
      set_cause();
      return extents_.process_same_item(reported.left);
    }
    // A name stays as it is, and still is another if the directory it is in was replaced.
    if (!is_ref(key) || !TRY(parents_were_replaced(reported))) return {};
    change = ItemChange::changed;
  }

  TRY(finish_inode_if_needed(&key));
  set_cause();
  if (key.objectid == FREE_INO_OBJECTID || key.objectid == FREE_SPACE_OBJECTID) return {};

  const ChangedItem item{change, key, reported.left, reported.right};
  if (key.type == INODE_ITEM_KEY) return inode_changed(item);
  if (inode_.ignored) return {};
  if (is_ref(key)) return ref_changed(item);
  if (key.type == XATTR_ITEM_KEY) return xattr_changed(item);
  if (key.type == EXTENT_DATA_KEY) return extent_changed(item);
  return {};
}

Result<void> ChangeHandler::finish() {
  context_.cause = {};
  TRY(finish_inode_if_needed(nullptr));
  context_.cause = {};
  context_.cause_ino = 0;
  return times_.flush();
}

Result<bool> ChangeHandler::parents_were_replaced(const ChangedItem& item) {
  InodeNames names(item.key, item.left.item());
  u64 last_dir = 0;
  while (auto name = TRY(names.next())) {
    if (name->dir == last_dir) continue;
    const u64 gen = TRY(read_inode(context_.send_root, name->dir)).gen;
    const u64 gen_before = TRY(read_inode(*context_.parent_root, name->dir)).gen;
    if (gen != gen_before) return true;
    if (item.key.type == INODE_REF_KEY) break;  // all its names are in one directory
    last_dir = name->dir;
  }
  return false;
}

Result<void> ChangeHandler::inode_changed(const ChangedItem& item) {
  inode_.ino = item.key.objectid;
  inode_.new_gen = false;
  inode_.last_extent = CurrentInode::unknown;
  inode_.next_write_offset = 0;
  inode_.ignored = false;
  inode_cause_ = context_.cause;
  context_.cause_ino = inode_.ino;
  context_.note_position(inode_.ino);
  paths_.set_current_inode_path({});
  // Its names are still those of before, until its refs are processed.
  paths_.send_progress = inode_.ino;

  InodeInfo now;
  InodeInfo before;
  if (item.change != ItemChange::deleted) now = info_of(TRY(read_inode_item(item.left)));
  if (item.change != ItemChange::created) before = info_of(TRY(read_inode_item(item.right)));

  switch (item.change) {
    case ItemChange::created:
      // Without links it has no name to be sent under.
      if (now.nlink == 0) {
        inode_.ignored = true;
        return {};
      }
      take_created(now);
      if (inode_.ino == FIRST_FREE_OBJECTID) return {};
      return creator_.create_current_if_needed();
    case ItemChange::deleted:
      take_deleted(before);
      return {};
    case ItemChange::changed:
      break;
    case ItemChange::same:
      CHECK(false);
  }

  if (now.nlink == 0 && before.nlink == 0) {
    inode_.ignored = true;
    return {};
  }
  // The top directory is never made anew: nothing could hold it.
  const bool other_gen = now.gen != before.gen && inode_.ino != FIRST_FREE_OBJECTID;
  if (other_gen || now.nlink == 0 || before.nlink == 0) return inode_replaced(now, before);
  inode_.gen = now.gen;
  inode_.created = false;
  inode_.deleted = false;
  inode_.size = now.size;
  inode_.mode = now.mode;
  return {};
}

void ChangeHandler::take_created(const InodeInfo& now) {
  inode_.gen = now.gen;
  inode_.created = true;
  inode_.deleted = false;
  inode_.size = now.size;
  inode_.mode = now.mode;
  inode_.rdev = now.rdev;
}

void ChangeHandler::take_deleted(const InodeInfo& before) {
  inode_.gen = before.gen;
  inode_.created = false;
  inode_.deleted = true;
  inode_.size = before.size;
  inode_.mode = before.mode;
}

// The number was used again, or the inode lost its last link or got one: it goes and comes as a
// whole. The cached path is not forgotten between the two. (A slip of the kernel's.)
Result<void> ChangeHandler::inode_replaced(const InodeInfo& now, const InodeInfo& before) {
  inode_.new_gen = true;
  if (before.nlink > 0) {
    take_deleted(before);
    TRY(process_all_refs(*context_.parent_root));
  }
  context_.cause = inode_cause_;
  if (now.nlink > 0) {
    take_created(now);
    TRY(creator_.create_current_if_needed());
    TRY(process_all_refs(context_.send_root));
    paths_.send_progress = inode_.ino + 1;
    TRY(extents_.process_all());
    TRY(xattrs_.process_all());
  }
  return {};
}

Result<void> ChangeHandler::process_all_refs(const RootReader& root) {
  Path path;
  bool found = TRY(root.search_at_or_after({inode_.ino, INODE_REF_KEY, 0}, path));
  while (found) {
    const Key key = path.key();
    if (key.objectid != inode_.ino || !is_ref(key)) break;
    context_.set_cause(inode_.deleted ? ItemChange::deleted : ItemChange::created, root, path);
    if (inode_.deleted) {
      TRY(refs_.record_deleted(key, path.item()));
    } else {
      TRY(refs_.record_added(key, path.item()));
    }
    found = TRY(root.next_item(path));
  }
  // Whether a move has to wait does not matter: the inode is made anew.
  TRY(process_recorded_refs(refs_scope()));
  return {};
}

Result<void> ChangeHandler::ref_changed(const ChangedItem& item) {
  if (inode_.ino != item.key.objectid) return inconsistent(item, "reference");
  if (inode_.new_gen || inode_.ino == FIRST_FREE_OBJECTID) return {};
  if (item.change != ItemChange::deleted) {
    TRY(refs_.record_added(item.key, item.left.item()));
  }
  if (item.change != ItemChange::created) {
    TRY(refs_.record_deleted(item.key, item.right.item()));
  }
  return {};
}

Result<void> ChangeHandler::xattr_changed(const ChangedItem& item) {
  if (inode_.ino != item.key.objectid) return inconsistent(item, "xattr");
  if (inode_.new_gen || inode_.deleted) return {};
  if (item.change == ItemChange::created) return xattrs_.process_created(item.left.item());
  if (item.change == ItemChange::deleted) return xattrs_.process_deleted(item.right.item());
  return xattrs_.process_changed(item.left.item(), item.right.item());
}

Result<void> ChangeHandler::extent_changed(const ChangedItem& item) {
  // An extent can change without its inode: a relocation, or deduplication in both roots.
  if (inode_.ino != item.key.objectid) return {};
  if (inode_.new_gen || inode_.deleted || item.change == ItemChange::deleted) return {};
  return extents_.process_item(item.left);
}

Error ChangeHandler::inconsistent(const ChangedItem& item, std::string_view what) const {
  return error(Code::io,
               "inconsistent snapshot: {} {} of inode {} without a changed inode item; send root "
               "{}, parent root {}",
               change_name(item.change), what, item.key.objectid, context_.send_root.objectid(),
               context_.incremental() ? context_.parent_root->objectid() : 0)
      .at(context_.cause.leaf)
      .as_errno("EIO");
}

}  // namespace canopy
