// Whether the directory in hand can take a new name now, or has to wait for the move of another.
// If it has to, it is entered in DirMoves as waiting.
#pragma once

#include "base/result.h"
#include "send/process_refs.h"

namespace canopy {

// It has to wait where the name is still in use by a directory whose own move waits.
Result<bool> wait_for_dest_dir_move(const RefsScope& scope, const RecordedRef& ref, bool is_orphan);

// It has to wait where a directory above the new place is moved later: one that waits itself and
// was below the directory in hand, or one with a higher number that has another name or parent.
Result<bool> wait_for_parent_move(const RefsScope& scope, const RecordedRef& ref, bool is_orphan);

}  // namespace canopy
