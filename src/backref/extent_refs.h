// The references of one extent as the extent tree has them. The item of the extent
//
//   key (bytenr, EXTENT_ITEM, length)  or  (bytenr, METADATA_ITEM, level)
//   | ExtentItem: refs, generation, flags | TreeBlockInfo (tree blocks, not skinny) | inline refs |
//
// is followed, where they do not fit in, by keyed references: items (bytenr, type of reference,
// parent or hash). What they say is the same:
//
//   TREE_BLOCK_REF     a tree block is in the tree `root`; where, its first key tells
//   SHARED_BLOCK_REF   a tree block is pointed to by the node at `parent`
//   EXTENT_DATA_REF    `count` items of inode `objectid` of `root` whose key offset less their
//                      offset into the extent is `offset`
//   SHARED_DATA_REF    `count` items of the leaf at `parent`
//   EXTENT_OWNER_REF   for simple quotas; no reference
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "ondisk/extent_item.h"

namespace canopy {

class BlockCache;
class CommittedRoot;

struct ExtentRef {
  u8 type = 0;
  u64 root = 0;      // TREE_BLOCK_REF, EXTENT_DATA_REF
  u64 objectid = 0;  // EXTENT_DATA_REF
  u64 offset = 0;    // EXTENT_DATA_REF; may be "negative", after clones of older kernels
  u64 parent = 0;    // SHARED_BLOCK_REF, SHARED_DATA_REF
  u32 count = 1;

  bool operator==(const ExtentRef&) const = default;
};

// What the item of an extent says besides its references.
struct ExtentInfo {
  u64 bytenr = 0;
  u64 refs = 0;
  u64 generation = 0;
  u64 flags = 0;
  u64 length = 0;  // of a data extent
  u8 level = 0;    // of a tree block

  bool is_data() const { return (flags & EXTENT_FLAG_DATA) != 0; }
};

struct ExtentRefs {
  ExtentInfo info;
  std::vector<ExtentRef> refs;  // in the order of the tree
};

// Asked between an extent's item and its references, which may be many.
class ExtentFilter {
 public:
  virtual ~ExtentFilter() = default;
  // False: the references of this extent are not read.
  virtual bool wants_references(const ExtentInfo& info) = 0;
};

// Reads the item at `bytenr` and its references into `out`, whose storage is used again. False: the
// extent tree has no such extent, or `filter` (may be null) did not want it; out.refs is empty
// then. Code::corrupt for a reference of no known type, one that runs out of its item, or a parent
// that cannot be an address.
Result<bool> read_extent_refs(BlockCache& cache, const CommittedRoot& extent_root, u64 bytenr,
                              ExtentFilter* filter, ExtentRefs& out);

// The same in pieces, from bytes. The inline references are appended to `out`.
Result<ExtentInfo> parse_extent_info(const Key& key, Bytes item);
Result<void> parse_inline_refs(const Key& key, Bytes item, u32 sectorsize,
                               std::vector<ExtentRef>& out);
// Nullopt for EXTENT_OWNER_REF and for types that are no references.
Result<std::optional<ExtentRef>> parse_keyed_ref(const Key& key, Bytes item, u32 sectorsize);

}  // namespace canopy
