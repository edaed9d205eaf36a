// An extent buffer: the bytes of one tree block, checked, with views of what is in it.
//
//   leaf  | Header | Item 0 | Item 1 | ... free ... | data 1 | data 0 |
//   node  | Header | KeyPtr 0 | KeyPtr 1 | ... free ... |
//
// Invariant: the bytes passed tree_check (tree_check.h), so that every slot below nritems() can be
// read without looking for the end of the block, and every item has the shape of its type. The
// views are offsets into the block, not objects; they last as long as the block.
//
// Who holds a BlockRef may read it. Beside a writer, the buffer of an address may be filled again
// with another block in place (block_cache.h): then only clones stay what they were.
#pragma once

#include <memory>
#include <vector>

#include "base/check.h"
#include "ondisk/tree_block.h"

namespace canopy {

class ExtentBuffer {
 public:
  // REQUIRES: the bytes passed tree_check, or will be filled by a writer.
  ExtentBuffer(u64 start, std::vector<u8> bytes) : start_(start), bytes_(std::move(bytes)) {}

  u64 start() const { return start_; }  // logical address
  u32 size() const { return static_cast<u32>(bytes_.size()); }
  Bytes bytes() const { return bytes_; }
  // For writers and for tests only.
  MutableBytes mutable_bytes() { return bytes_; }

  u64 bytenr() const { return load_le<u64>(at(offsetof(Header, bytenr))); }
  u64 flags() const { return load_le<u64>(at(offsetof(Header, flags))) & ((u64{1} << 56) - 1); }
  u64 generation() const { return load_le<u64>(at(offsetof(Header, generation))); }
  u64 owner() const { return load_le<u64>(at(offsetof(Header, owner))); }
  u32 nritems() const { return load_le<u32>(at(offsetof(Header, nritems))); }
  u8 level() const { return *at(offsetof(Header, level)); }
  bool is_leaf() const { return level() == 0; }

  // The key of an item of a leaf or of a pointer of a node.
  Key key(u32 slot) const { return load_struct<DiskKey>(bytes_, entry(slot)).decode(); }

  // Of nodes. REQUIRES: !is_leaf().
  u64 blockptr(u32 slot) const {
    return load_le<u64>(at(entry(slot) + offsetof(KeyPtr, blockptr)));
  }
  u64 ptr_generation(u32 slot) const {
    return load_le<u64>(at(entry(slot) + offsetof(KeyPtr, generation)));
  }

  // Of leaves. REQUIRES: is_leaf(). The offset counts from the start of the block.
  u32 item_offset(u32 slot) const {
    return static_cast<u32>(sizeof(Header)) +
           load_le<u32>(at(entry(slot) + offsetof(Item, offset)));
  }
  u32 item_size(u32 slot) const { return load_le<u32>(at(entry(slot) + offsetof(Item, size))); }
  Bytes item(u32 slot) const { return Bytes(bytes_).subspan(item_offset(slot), item_size(slot)); }

  // The first slot whose key is not below `key`, nritems() if there is none; true in `found` if it
  // is equal.
  u32 lower_bound(const Key& key, bool& found) const;

  // The largest number of items a leaf's data area holds, in bytes; pointers of a node.
  u32 leaf_data_size() const { return size() - static_cast<u32>(sizeof(Header)); }
  u32 max_pointers() const { return leaf_data_size() / static_cast<u32>(sizeof(KeyPtr)); }

 private:
  const u8* at(std::size_t offset) const { return bytes_.data() + offset; }
  std::size_t entry(u32 slot) const {
    return sizeof(Header) + std::size_t{slot} * (is_leaf() ? sizeof(Item) : sizeof(KeyPtr));
  }

  u64 start_;
  std::vector<u8> bytes_;
};

using BlockRef = std::shared_ptr<const ExtentBuffer>;

// A copy that nobody writes to.
inline BlockRef clone_block(const ExtentBuffer& block) {
  return std::make_shared<const ExtentBuffer>(block);
}

}  // namespace canopy
