// Items put into and taken out of a tree in the running transaction: the leaf is found and copied,
// split where it is full, merged with a neighbour where it has become nearly empty. Values are
// whole: what an item holds is replaced, never edited behind the tree's back.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "cow/cow_block.h"

namespace canopy {

struct ItemValue {
  Key key;
  std::vector<u8> data;

  friend bool operator==(const ItemValue&, const ItemValue&) = default;
};

// Inserts an item. Code::corrupt if the key is there already, Code::invalid if it cannot fit into
// any leaf.
Result<void> insert_item(Transaction& transaction, Tree& tree, const Key& key, Bytes data);
// Replaces an item's data, whatever its size. Code::corrupt if the key is not there.
Result<void> replace_item(Transaction& transaction, Tree& tree, const Key& key, Bytes data);
// Takes an item out. Code::corrupt if the key is not there.
Result<void> remove_item(Transaction& transaction, Tree& tree, const Key& key);

// An item's data as the transaction has it; nullopt if there is none.
Result<std::optional<std::vector<u8>>> find_item(BlockCache& cache, const RootPointer& tree,
                                                 const Key& key);
// All items with first <= key <= last.
Result<std::vector<ItemValue>> items_in_range(BlockCache& cache, const RootPointer& tree,
                                              const Key& first, const Key& last);
// Makes the items with first <= key <= last those that `wanted` says, touching only those that
// differ. REQUIRES: `wanted` is sorted by key and lies in the range.
Result<void> set_items_in_range(Transaction& transaction, Tree& tree, const Key& first,
                                const Key& last, const std::vector<ItemValue>& wanted);
// The same where it is known what is there. REQUIRES: `present` is all that the tree has from the
// first key to the last of both, sorted as `wanted` is.
Result<void> set_items(Transaction& transaction, Tree& tree, const std::vector<ItemValue>& present,
                       const std::vector<ItemValue>& wanted);

}  // namespace canopy
