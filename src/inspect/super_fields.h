// The fields of a superblock, from its bytes alone: also of one that is damaged.
#pragma once

#include "inspect/field.h"

namespace canopy {

// REQUIRES of both: 4096 bytes.
std::vector<Field> super_fields(Bytes super);

// The superblock as `btrfs inspect-internal dump-super` of btrfs-progs 6.14 prints it, below its
// title; `full` with the system chunks and the backup roots.
std::string super_text(Bytes super, bool full);

}  // namespace canopy
