// All that the extent tree says of one extent, as one value: its item, the references in it and the
// keyed items that follow it.
//
//   (bytenr EXTENT_ITEM length)   | ExtentItem | TreeBlockInfo? | inline references ... |
//   (bytenr METADATA_ITEM level)  | ExtentItem |                | inline references ... |
//   (bytenr TREE_BLOCK_REF root), (bytenr EXTENT_DATA_REF hash), ...   what does not fit inline
//
// Inline references are in ascending order of their type and, within a type, in descending order of
// root, parent or hash: the kernel refuses a leaf where they are not.
#pragma once

#include <vector>

#include "cow/items.h"
#include "space/delayed_refs.h"

namespace canopy {

struct CountedRef {
  Backref ref;
  u32 count = 0;  // of data; 1 for tree blocks
};

struct ExtentRecord {
  u64 bytenr = 0;
  u64 num_bytes = 0;
  u64 generation = 0;
  u64 flags = 0;             // EXTENT_FLAG_*, BLOCK_FLAG_FULL_BACKREF
  u8 level = 0;              // of a tree block
  Key first_key;             // of a tree block whose item is not skinny
  std::optional<u64> owner;  // EXTENT_OWNER_REF: the root that simple quotas charge
  std::vector<CountedRef> refs;

  bool is_tree_block() const { return (flags & EXTENT_FLAG_TREE_BLOCK) != 0; }
  bool is_full_backref() const { return (flags & BLOCK_FLAG_FULL_BACKREF) != 0; }
  u64 total_refs() const;
  // Adds `delta` to the count of a reference. Code::corrupt if it would fall below zero.
  Result<void> change(const Backref& ref, i64 delta);
};

struct ExtentFormat {
  u32 nodesize = 0;
  bool skinny = false;
};

// The hash under which an EXTENT_DATA_REF is sorted and keyed.
u64 hash_extent_data_ref(u64 root, u64 objectid, u64 offset);

// The range of keys that items of the extent at `bytenr` have.
inline Key first_extent_key(u64 bytenr) { return {bytenr, EXTENT_ITEM_KEY, 0}; }
inline Key last_extent_key(u64 bytenr) { return {bytenr, SHARED_DATA_REF_KEY, ~u64{0}}; }

// The extent that `items`, all those of one address, describe. Code::corrupt.
Result<ExtentRecord> parse_extent(const std::vector<ItemValue>& items, u32 nodesize);
// The items that describe an extent.
std::vector<ItemValue> build_extent(const ExtentRecord& record, const ExtentFormat& format);

// The extent at `bytenr`. Code::corrupt if there is none.
Result<ExtentRecord> read_extent(BlockCache& cache, const RootPointer& extent_tree, u64 bytenr);
// Makes the items of the record's address those of `record`.
Result<void> write_extent(Transaction& transaction, Tree& extent_tree, const ExtentRecord& record,
                          const ExtentFormat& format);

// An extent together with the items that say so.
struct StoredExtent {
  std::vector<ItemValue> items;
  ExtentRecord record;
};
// As read_extent.
Result<StoredExtent> load_extent(BlockCache& cache, const RootPointer& extent_tree, u64 bytenr);
// Makes of what load_extent gave, and what has not changed since, `record`; the address may be
// another one. Code::corrupt if there are items of that address already.
Result<void> change_extent(Transaction& transaction, Tree& extent_tree, const StoredExtent& before,
                           const ExtentRecord& record, const ExtentFormat& format);

}  // namespace canopy
