// Who has what lies at a logical address: the files that use a data extent, as `btrfs
// inspect-internal logical-resolve` tells it, and the trees from which a tree block is reached.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "backref/backref_walk.h"
#include "files/subvolume.h"
#include "filesystem/filesystem.h"

namespace canopy {

// The data extent that covers `logical`. Code::not_found.
Result<u64> find_data_extent(Filesystem& filesystem, u64 logical);

// An item of a file that refers to the extent.
struct ExtentOwner {
  ExtentUser user;
  enum class State : u8 {
    named,    // `paths` has all its names
    deleted,  // its subvolume is
    internal  // the root tree's own files, of the v1 cache
  };
  State state = State::named;
  std::vector<std::string> paths;  // from the top of the filesystem
};

// The owners, in the order of the walk; at most `most` of them (WalkStep::stop ends the walk).
// `position`: only of that byte of the extent. Code::cancelled once `stop` is true; borrowed.
// REQUIRES: nobody writes, or the commit root semaphore is held.
struct OwnerSearch {
  std::optional<u64> position;
  u64 most = ~u64{0};
  bool with_paths = true;
  const std::atomic<bool>* stop = nullptr;
};
Result<std::vector<ExtentOwner>> find_owners(Filesystem& filesystem, u64 bytenr,
                                             const OwnerSearch& search);

// The paths of an inode, from the top of the filesystem.
Result<std::vector<std::string>> paths_of_inode(Filesystem& filesystem, const Subvolume& subvolume,
                                                u64 ino);

// One line for each path, as btrfs-progs prints them.
std::string owner_text(const ExtentOwner& owner);

}  // namespace canopy
