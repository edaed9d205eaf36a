// Directories whose times are still to be set. A directory changes its times with every entry that
// is made in it, so that UTIMES is put off until others are done; but not for ever: after each
// inode all but the 64 directories named most recently get their times. One may be named again
// later and then gets them again.
#pragma once

#include "base/result.h"
#include "send/lru_cache.h"
#include "send/send_context.h"

namespace canopy {

class Paths;

class DirTimes {
 public:
  // Both are borrowed.
  DirTimes(SendContext& context, Paths& paths) : context_(context), paths_(paths), dirs_(0) {}

  void remember(u64 dir, u64 gen);
  // Sends the oldest until 64 are left.
  Result<void> trim();
  // At the end: sends all, those named most recently first.
  Result<void> flush();

  // UTIMES of any inode, now.
  Result<void> send_now(u64 ino, u64 gen, std::string_view rule);

 private:
  Result<void> send_named(const LruCache<ItemCause>::Entry& dir, std::string_view rule);

  SendContext& context_;
  Paths& paths_;
  LruCache<ItemCause> dirs_;  // with what named them first
};

}  // namespace canopy
