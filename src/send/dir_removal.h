// When a deleted directory can go: when everything that the parent root has in it was processed
// and has left it at the receiver.
#pragma once

#include "base/result.h"
#include "send/dir_moves.h"
#include "send/send_context.h"

namespace canopy {

struct CurrentInode;

// Whether RMDIR of (dir, gen) can be sent now. If not, the directory is entered in `moves` as
// waiting for its removal, with how far it was looked at; if a child's move has to come first, that
// move learns which directory waits for it.
//
// Entries for subvolumes are not left out: their ids are compared as if they were inode numbers,
// so that a directory with one may never be removed. (A slip of the kernel's.)
Result<bool> can_remove_dir(SendContext& context, const CurrentInode& inode, DirMoves& moves,
                            u64 dir, u64 gen);

}  // namespace canopy
