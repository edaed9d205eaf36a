// Files named by their paths from the top of the filesystem, through subvolumes that lie in others.
#pragma once

#include "files/subvolume.h"
#include "files/subvolume_files.h"

namespace canopy {

struct FoundPath {
  SubvolumeFiles files;  // of the subvolume that it lies in
  DirectoryEntry entry;
};

// What `path` names, with slashes around it or not; nothing is the top. Symbolic links are not
// followed. Code::not_found. `forest` is borrowed.
Result<FoundPath> find_path(CommittedForest& forest, const SubvolumeList& list,
                            std::string_view path);

}  // namespace canopy
