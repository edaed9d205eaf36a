// Holes of a regular file that the parent root has too: where the file has no extent now and had
// one before, the receiver must lose its bytes. In protocol 1 zeros are written there, later ones
// punch a hole.
#pragma once

#include "base/result.h"
#include "send/send_context.h"

namespace canopy {

struct CurrentInode;
class Paths;

class ExtentHoles {
 public:
  // All are borrowed.
  ExtentHoles(SendContext& context, CurrentInode& inode, Paths& paths);

  // The gap between the last extent and the item in a path's slot.
  Result<void> before_item(const Path& path);
  // The gap between the last extent and the end of the file.
  Result<void> at_end();

 private:
  bool is_needed() const;
  Result<void> find_last_extent(u64 offset);
  Result<bool> is_hole_in_parent(u64 start, u64 end) const;
  Result<void> send_hole(u64 end);
  Result<void> punch(u64 end);
  Result<void> write_zeros(u64 end);

  SendContext& context_;
  CurrentInode& inode_;
  Paths& paths_;
};

}  // namespace canopy
