// MKFILE, MKDIR, SYMLINK and the like. An inode is always created under its orphan name; it gets
// its real ones when its refs are processed.
//
// A directory may be needed before its turn, because an inode with a lower number lives in it. It
// is then created out of order, by whoever needs it first. Whether that has happened is read from
// its entries (one of them belongs to an inode that was processed), with a small cache before.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "send/lru_cache.h"
#include "send/send_context.h"

namespace canopy {

struct CurrentInode;
class Paths;

// The 32-bit form in which user space sees a device number (new_encode_dev), of the stored one,
// which has the major number above 20 bits of minor number.
u32 encode_device(u64 rdev);

class InodeCreator {
 public:
  // All are borrowed.
  InodeCreator(SendContext& context, const CurrentInode& inode, const Paths& paths);

  // Creates the inode in hand, unless it is a directory that was created out of order.
  Result<void> create_current_if_needed();
  Result<bool> did_create_dir(u64 dir);
  Result<void> create_dir_out_of_order(u64 dir);

 private:
  struct Nothing {};

  Result<void> create(u64 ino, u64 gen, u64 mode, u64 rdev, std::string_view rule);
  Result<std::string> read_symlink(u64 ino) const;

  SendContext& context_;
  const CurrentInode& inode_;
  const Paths& paths_;
  LruCache<Nothing> created_dirs_;
};

}  // namespace canopy
