// Why a command is in the stream: the rule that asked for it, and the tree item whose change led
// to it. A send tells an observer, if it was given one; otherwise this costs a pointer that is
// null, and a few words copied for each item of the walk.
//
//   command                      item
//   SUBVOL, SNAPSHOT, END        none: the stream itself asks for them
//   names                        the INODE_REF or INODE_EXTREF that is new or gone
//   MK..., TRUNCATE, CHOWN...    the INODE_ITEM of the inode in hand
//   xattrs, data, holes          the XATTR_ITEM or EXTENT_DATA; of a hole at the end INODE_ITEM
//   UTIMES of a directory        what named the directory first since it last got its times
#pragma once

#include <string_view>

#include "ondisk/key.h"
#include "stream/command.h"

namespace canopy {

// How an item of the send root stands to the parent root. A full send finds everything created.
enum class ItemChange : u8 { created, deleted, changed, same };

// The item at which the walk through the trees stands while commands are made.
struct ItemCause {
  ItemChange change = ItemChange::created;
  u64 tree = 0;  // the send root, or for a deleted item the parent root
  Key key;
  u64 leaf = 0;  // logical address; 0 when no item is at hand (start and end of the stream)
  u32 slot = 0;

  bool has_item() const { return leaf != 0; }
};

struct CommandOrigin {
  SendCommand command;
  u64 offset;  // where in the stream the command begins
  u32 size;
  u64 ino;  // the inode in hand, 0 before the first
  // The rule in one sentence: a literal, always the same for one rule.
  std::string_view rule;
  ItemCause cause;
};

class CommandObserver {
 public:
  virtual ~CommandObserver() = default;
  // Called on the sending thread after a command was written.
  virtual void command_written(const CommandOrigin& origin) = 0;
};

}  // namespace canopy
