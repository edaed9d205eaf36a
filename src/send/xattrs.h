// Extended attributes: SET_XATTR and REMOVE_XATTR in the order of the items.
//
// The capability (security.capability) is left out there and sent when its inode is finished, every
// time, since a change of owner drops it at the receiver. The kernel compares names with a name's
// own length, so that every beginning of "security.capability" counts as it and is never set.
#pragma once

#include <string_view>

#include "base/result.h"
#include "send/send_context.h"
#include "tree/items.h"

namespace canopy {

struct CurrentInode;
class Paths;

class XattrSender {
 public:
  // All are borrowed.
  XattrSender(SendContext& context, const CurrentInode& inode, Paths& paths)
      : context_(context), inode_(inode), paths_(paths) {}

  // The entries of one XATTR_ITEM of the inode in hand.
  Result<void> process_created(Bytes item);
  Result<void> process_deleted(Bytes item);
  Result<void> process_changed(Bytes item, Bytes item_before);
  // Those of all its items, for an inode that is sent as a whole.
  Result<void> process_all();

  // The capability, if it has one.
  Result<void> send_capability();

 private:
  Result<void> set(const DirEntry& entry, std::string_view rule);
  Result<void> remove(const DirEntry& entry);
  Result<std::optional<DirEntry>> next(DirEntries& entries) const;
  Result<std::optional<DirEntry>> find(Bytes item, std::string_view name) const;

  SendContext& context_;
  const CurrentInode& inode_;
  Paths& paths_;
};

}  // namespace canopy
