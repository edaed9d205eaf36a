// A subvolume as `btrfs subvolume show` of btrfs-progs 6.14 prints it.
#pragma once

#include <string>

#include "files/subvolume.h"

namespace canopy {

// REQUIRES: no commit ends meanwhile. Errors: the quota tree cannot be read.
Result<std::string> subvolume_text(CommittedForest& forest, const SubvolumeList& list,
                                   const Subvolume& subvolume);

}  // namespace canopy
