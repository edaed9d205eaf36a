// The shape of a tree while items come and go: leaves and nodes split where they are full, merge
// with a neighbour where little is left, the root grows and shrinks.
#pragma once

#include "cow/cow_block.h"

namespace canopy {

// Makes room in the leaf of `path` for an item of `size` bytes at path.slot(), and leaves `path` at
// the leaf and slot where it goes. Where that is slot 0, the parents are told by fix_low_keys once
// the item is in. REQUIRES: the item fits into an empty leaf; `path` is of search_cow for `key`,
// which is not there.
Result<void> make_room(Transaction& transaction, Tree& tree, CowPath& path, const Key& key,
                       u32 size);

// Items were removed from the leaf of `path`: an empty leaf goes, one that is nearly empty is
// merged with a neighbour. `path` may not be used afterwards.
Result<void> shrink_after_removal(Transaction& transaction, Tree& tree, CowPath& path);

}  // namespace canopy
