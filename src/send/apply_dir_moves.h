// Moves of directories that waited for the inode in hand, applied now that it is finished; then
// those that waited for these, breadth first.
#pragma once

#include "base/result.h"
#include "send/process_refs.h"

namespace canopy {

Result<void> apply_waiting_dir_moves(const RefsScope& scope);

}  // namespace canopy
