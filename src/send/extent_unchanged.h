// Whether the parent root has the same extents where an item of the send root lies.
#pragma once

#include "base/result.h"
#include "send/extent_item.h"

namespace canopy {

// True if all that the parent root has in the range of `item` is the same space on disk, written by
// the same transaction; then nothing is sent for it. A hole counts as unchanged where the parent's
// file has ended. Only regular extents can be unchanged. (The kernel's is_extent_unchanged, whose
// answers for odd layouts are kept.)
Result<bool> is_extent_unchanged(const RootReader& parent_root, const ExtentItemAt& item);

}  // namespace canopy
