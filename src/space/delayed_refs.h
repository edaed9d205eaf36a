// Changes of references that wait to be written into the extent tree. Writing them copies blocks
// of the extent tree, which changes references again; so they queue here, changes of one extent
// add up (a block allocated and freed again in one transaction leaves nothing), and the commit runs
// the queue until it stays empty.
#pragma once

#include <compare>
#include <map>
#include <optional>

#include "ondisk/extent_item.h"

namespace canopy {

// Who refers to an extent, as one of the four kinds of the disk format: `type` is the type of the
// keyed item.
struct Backref {
  u8 type = 0;       // TREE_BLOCK_REF, EXTENT_DATA_REF, SHARED_BLOCK_REF or SHARED_DATA_REF
  u64 root = 0;      // the first two kinds
  u64 objectid = 0;  // EXTENT_DATA_REF: inode
  u64 offset = 0;    // EXTENT_DATA_REF: file offset minus offset in the extent, mod 2^64
  u64 parent = 0;    // the shared kinds: the tree block that refers

  static Backref tree_block(u64 root) { return {TREE_BLOCK_REF_KEY, root, 0, 0, 0}; }
  static Backref shared_block(u64 parent) { return {SHARED_BLOCK_REF_KEY, 0, 0, 0, parent}; }
  static Backref extent_data(u64 root, u64 objectid, u64 offset) {
    return {EXTENT_DATA_REF_KEY, root, objectid, offset, 0};
  }
  static Backref shared_data(u64 parent) { return {SHARED_DATA_REF_KEY, 0, 0, 0, parent}; }

  bool is_shared() const { return type == SHARED_BLOCK_REF_KEY || type == SHARED_DATA_REF_KEY; }
  friend auto operator<=>(const Backref&, const Backref&) = default;
};

// What waits for one extent.
struct DelayedRef {
  u64 bytenr = 0;
  u64 num_bytes = 0;
  bool is_data = false;
  bool insert = false;  // no item yet: it is made with `generation`, `level` and `first_key`
  u64 generation = 0;
  u8 level = 0;
  Key first_key;  // of a tree block; only extent items that are not skinny hold it
  std::map<Backref, i64> changes;
  bool full_backref = false;  // from now on what it refers to names this block as its parent
};

class DelayedRefs {
 public:
  // A new tree block with its one reference.
  void insert_tree_block(u64 bytenr, u32 nodesize, u64 generation, u8 level, const Key& first_key,
                         const Backref& ref);
  // One reference more or less to an extent that has an item or an entry here. True if that left
  // nothing of an extent that was new: no item of it was ever written, and its address is free.
  bool change(u64 bytenr, u64 num_bytes, bool is_data, const Backref& ref, i64 delta);

  // A tree block that has an item is marked as one whose references are shared ones.
  void set_full_backref(u64 bytenr, u32 nodesize);
  // What waits for an extent; null if nothing does.
  const DelayedRef* find(u64 bytenr) const;

  // The entry of the lowest address, out of the queue; nullopt when it is empty.
  std::optional<DelayedRef> take_first();
  bool empty() const { return by_bytenr_.empty(); }
  std::size_t size() const { return by_bytenr_.size(); }

 private:
  DelayedRef& entry_of(u64 bytenr, u64 num_bytes, bool is_data);

  std::map<u64, DelayedRef> by_bytenr_;
};

}  // namespace canopy
