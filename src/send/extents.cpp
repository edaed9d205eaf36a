#include "send/extents.h"

#include <algorithm>

#include "send/commands.h"
#include "send/current_inode.h"
#include "send/extent_unchanged.h"
#include "send/inode_lookup.h"
#include "send/paths.h"

namespace canopy {

Extents::Extents(SendContext& context, CurrentInode& inode, Paths& paths)
    : context_(context),
      inode_(inode),
      paths_(paths),
      data_(context, paths),
      holes_(context, inode, paths),
      finder_(context, inode),
      clone_(context, inode, paths, data_) {}

Result<void> Extents::process_item(const Path& path) {
  if (inode_.is_symlink()) return {};
  const ExtentItemAt item = TRY(extent_item_at(context_, path));
  if (context_.incremental() && !inode_.created) {
    if (TRY(is_extent_unchanged(*context_.parent_root, item))) return holes_.before_item(path);
  } else if (item.extent.is_zeros()) {
    return {};  // a new file is sparse there; nothing stands for reserved space
  }
  data_.expect_after(path);
  auto source = TRY(finder_.find(item));
  TRY(write_or_clone(item, source));
  return holes_.before_item(path);
}

Result<void> Extents::process_same_item(const Path& path) { return holes_.before_item(path); }

Result<void> Extents::process_all() {
  Path path;
  bool more = TRY(context_.send_root.search_at_or_after({inode_.ino, EXTENT_DATA_KEY, 0}, path));
  for (; more; more = TRY(context_.send_root.next_item(path))) {
    if (path.key().objectid != inode_.ino || path.key().type != EXTENT_DATA_KEY) break;
    context_.set_cause(ItemChange::created, context_.send_root, path);
    TRY(process_item(path));
  }
  return {};
}

Result<void> Extents::finish_file() { return holes_.at_end(); }

Result<void> Extents::write_or_clone(const ExtentItemAt& item,
                                     const std::optional<CloneSource>& source) {
  const u64 offset = item.key.offset;
  const u64 end = std::min(item.end(context_.sectorsize), inode_.size);
  if (offset >= end) return {};
  if (source && TRY(can_clone(item, end, *source))) {
    TRY(clone_.send(item, *source, end - offset));
  } else {
    TRY(data_.send(item, offset, end - offset, "An extent that is new or changed"));
  }
  inode_.next_write_offset = end;
  return {};
}

// A range that does not end with a sector can only be cloned from the end of a file to the end of a
// file. What the receiver's file may still have behind it is cut off for that first.
Result<bool> Extents::can_clone(const ExtentItemAt& item, u64 end, const CloneSource& source) {
  if (end % context_.sectorsize == 0) return true;
  if (end != inode_.size) return false;
  const u64 source_size = TRY(read_inode(*source.root, source.ino)).size;
  if (source.offset + (end - item.key.offset) != source_size) return false;
  if (context_.incremental()) {
    std::string_view path = TRY(paths_.current_inode_path());
    TRY(send_truncate(context_, path, item.key.offset,
                      "The clone that follows must end at the end of the file"));
  }
  return true;
}

}  // namespace canopy
