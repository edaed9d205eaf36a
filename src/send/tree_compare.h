// The walks through the trees: all items of the send root (full), or what differs between the send
// root and the parent root (incremental).
//
// Comparing. Two cursors walk in the order of the keys, each at some level of its tree. Where both
// stand before pointers of the same level with the same key, address and generation, both trees
// share that block and everything below: it is skipped. Otherwise the one that is higher up, or
// behind, goes down or on. On leaves, items are compared byte by byte.
//
//   left   [ A | B | C ]        A, C shared: skipped
//   right  [ A | B'| C ]        B, B' are gone into: their items are compared
//
// Only blocks at which both cursors stand at once are skipped. Shared leaves whose parents are out
// of step are compared, and equal items reported too: what the receiver of the reports does with
// them can be seen in the stream, so this is the kernel's walk step by step.
//
// Beside a writer. The walks hold the commit root semaphore while they move, and let it go before
// they report an item, since that may wait for whoever reads the stream. Leaves and root nodes are
// clones then. When a relocation was committed meanwhile, both cursors search their keys again; the
// trees are read-only, so the keys are still there.
#pragma once

#include "base/result.h"
#include "send/changes.h"
#include "send/send_context.h"

namespace canopy {

// Reports every item of the send root from the first inode on as created.
Result<void> walk_send_root(SendContext& context, ChangeHandler& handler);

// Reports every item that is in one root only or in both, skipped blocks excepted.
// REQUIRES: context.incremental().
Result<void> compare_roots(SendContext& context, ChangeHandler& handler);

}  // namespace canopy
