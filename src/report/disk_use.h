// What files take, and how much of it nobody else has, as `btrfs filesystem du` tells it of a
// mounted filesystem.
//
// An extent counts as shared as the kernel's FIEMAP has it: there is another reference to it, by
// another inode or from another place of the same one, or to a tree block on the way to the leaf
// with the file's item.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "files/subvolume.h"
#include "filesystem/filesystem.h"

namespace canopy {

// In bytes.
struct DiskUse {
  u64 total = 0;
  u64 exclusive = 0;
  // What others have too; of what was asked for, not of what is in it: what several of its files
  // have counts once.
  std::optional<u64> set_shared;
  std::string path;

  // A line as btrfs-progs prints it. `raw`: sizes in bytes.
  std::string to_string(bool raw) const;
};

extern const char* const disk_use_header;

// Reads one path after another, each by itself; which blocks are shared is looked up only once. A
// file with several names below a path counts once.
class DiskUseReader {
 public:
  // `filesystem` and `list` are borrowed. Code::corrupt: there is no extent tree.
  static Result<std::unique_ptr<DiskUseReader>> open(Filesystem& filesystem,
                                                     const SubvolumeList& list);
  virtual ~DiskUseReader() = default;

  // Of a file or directory named from the top of the filesystem, with all below it. `each`, if
  // given, is told of every file and directory in it first. Code::cancelled once `stop` is true.
  // REQUIRES: nobody writes, or the commit root semaphore is held.
  virtual Result<DiskUse> read(const std::string& path,
                               const std::function<void(const DiskUse&)>& each = nullptr) = 0;

  const std::atomic<bool>* stop = nullptr;    // borrowed
  std::atomic<u64>* files_counted = nullptr;  // borrowed: for who watches
};

}  // namespace canopy
