// Writing queued changes of references into the extent tree.
#pragma once

#include "commit/csum_items.h"
#include "commit/extent_record.h"

namespace canopy {

// Runs the queue until it is empty; running it queues more (the extent tree's own blocks). An
// extent without references goes: its items and, of data, its checksums, and its address is pinned.
Result<void> run_delayed_refs(Transaction& transaction, const ExtentFormat& format,
                              const CsumFormat& csum_format);

}  // namespace canopy
