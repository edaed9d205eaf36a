// Sending a range as clones of a source, in as many pieces as the source's file has extents there;
// what of it is not the same space on disk, or may not be cloned, is sent as data.
#pragma once

#include <string>

#include "base/result.h"
#include "send/clone_source.h"
#include "send/extent_data.h"

namespace canopy {

struct CurrentInode;
class Paths;

class ExtentClone {
 public:
  // All are borrowed.
  ExtentClone(SendContext& context, const CurrentInode& inode, Paths& paths, ExtentData& data);

  // [item.key.offset, +length) of the inode in hand from `source`.
  Result<void> send(const ExtentItemAt& item, CloneSource source, u64 length);

 private:
  struct Range;
  // An extent of the source's file.
  struct SourceExtent;

  Result<bool> step(Range& range, const SourceExtent& extent);
  Result<void> send_gap(Range& range, u64 until);
  Result<void> send_matching(Range& range, u64 length);
  Result<void> send_clone(const Range& range, u64 length);
  Result<void> send_data(Range& range, u64 skip, u64 length);

  SendContext& context_;
  const CurrentInode& inode_;
  Paths& paths_;
  ExtentData& data_;
  std::string source_path_;
};

}  // namespace canopy
