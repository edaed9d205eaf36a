// The extents of the inode in hand: each EXTENT_DATA item that differs from the parent root becomes
// data, a clone or nothing, and the gaps between items that were no gaps before become holes.
//
//   process_item()   one item         extent_unchanged.h  is it what the parent root has?
//                                     clone_source.h      where can the receiver clone it from?
//                                     extent_clone.h      clones, in pieces that can be cloned
//                                     extent_data.h       data, plain or as it is compressed
//                                     extent_holes.h      holes
#pragma once

#include "base/result.h"
#include "send/clone_source.h"
#include "send/extent_clone.h"
#include "send/extent_data.h"
#include "send/extent_holes.h"
#include "send/send_context.h"

namespace canopy {

struct CurrentInode;
class Paths;

class Extents {
 public:
  // All are borrowed.
  Extents(SendContext& context, CurrentInode& inode, Paths& paths);

  // An EXTENT_DATA item of the inode in hand that is new or changed. `path` has the leaf (a clone
  // where somebody writes) and its slot.
  Result<void> process_item(const Path& path);
  // An item that is equal in both roots: there may be a hole before it.
  Result<void> process_same_item(const Path& path);
  // All items of the inode in hand, which is created as a whole.
  Result<void> process_all();
  // A regular file ends: the hole behind its last extent.
  Result<void> finish_file();

 private:
  Result<void> write_or_clone(const ExtentItemAt& item, const std::optional<CloneSource>& source);
  Result<bool> can_clone(const ExtentItemAt& item, u64 end, const CloneSource& source);

  SendContext& context_;
  CurrentInode& inode_;
  Paths& paths_;
  ExtentData data_;
  ExtentHoles holes_;
  CloneFinder finder_;
  ExtentClone clone_;
};

}  // namespace canopy
