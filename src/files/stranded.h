// Inodes that no directory leads to any more, because the names that did were in a tree block that
// is lost. They are still there, with what is in them, and mostly know their names themselves.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "files/subvolume_files.h"

namespace canopy {

struct StrandedInode {
  u64 ino = 0;
  bool is_directory = false;
  // What it was called, as far as that is known: a path in the subvolume if its directories have
  // names, or empty.
  std::string path;
  // In words, where that is all: "name in directory 257", or that the name is lost.
  std::string about;
};

// Of the inodes that were not reached and that have names (others were deleted), those that do not
// lie in a directory which was not reached either: what is in such a one is found from there.
// Ascending. Where directories lie in each other the first is given.
Result<std::vector<StrandedInode>> find_stranded(const SubvolumeFiles& files,
                                                 const std::set<u64>& reached);

}  // namespace canopy
