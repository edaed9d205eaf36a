#include "cow/items.h"

#include <algorithm>
#include <cstring>

#include "cow/balance_tree.h"
#include "cow/edit_block.h"

namespace canopy {
namespace {

Error unexpected(const Tree& tree, const Key& key, std::string_view what) {
  return error(Code::corrupt, "tree {}: item {} {}", objectid_name(tree.id()), key_text(key), what);
}

// REQUIRES: `path` is of search_cow for `key`, which is not there.
Result<void> insert_at(Transaction& transaction, Tree& tree, CowPath& path, const Key& key,
                       Bytes data) {
  if (data.size() + sizeof(Item) > path.leaf().leaf_data_size())
    return error(Code::invalid, "an item of {} bytes fits into no leaf", data.size());
  auto size = static_cast<u32>(data.size());
  TRY(make_room(transaction, tree, path, key, size));
  MutableBytes place = insert_item(path.leaf(), path.slot(), key, size);
  if (size > 0) std::memcpy(place.data(), data.data(), size);
  if (path.slot() == 0) fix_low_keys(path, 0);
  return {};
}

Result<void> remove_at(Transaction& transaction, Tree& tree, CowPath& path, u32 count) {
  remove_items(path.leaf(), path.slot(), count);
  if (path.slot() == 0 && path.leaf().nritems() > 0) fix_low_keys(path, 0);
  return shrink_after_removal(transaction, tree, path);
}

Result<void> replace_at(Transaction& transaction, Tree& tree, CowPath& path, const Key& key,
                        Bytes data) {
  ExtentBuffer& leaf = path.leaf();
  auto size = static_cast<u32>(data.size());
  u32 old_size = leaf.item_size(path.slot());
  if (size > old_size && leaf_free_bytes(leaf) < size - old_size) {
    TRY(remove_at(transaction, tree, path, 1));
    return insert_item(transaction, tree, key, data);
  }
  MutableBytes place = resize_item(leaf, path.slot(), size);
  if (size > 0) std::memcpy(place.data(), data.data(), size);
  return {};
}

}  // namespace

Result<void> insert_item(Transaction& transaction, Tree& tree, const Key& key, Bytes data) {
  CowPath path;
  if (TRY(search_cow(transaction, tree, key, path)))
    return unexpected(tree, key, "is there already");
  return insert_at(transaction, tree, path, key, data);
}

Result<void> replace_item(Transaction& transaction, Tree& tree, const Key& key, Bytes data) {
  CowPath path;
  if (!TRY(search_cow(transaction, tree, key, path))) return unexpected(tree, key, "is missing");
  return replace_at(transaction, tree, path, key, data);
}

Result<void> remove_item(Transaction& transaction, Tree& tree, const Key& key) {
  CowPath path;
  if (!TRY(search_cow(transaction, tree, key, path))) return unexpected(tree, key, "is missing");
  return remove_at(transaction, tree, path, 1);
}

Result<std::optional<std::vector<u8>>> find_item(BlockCache& cache, const RootPointer& tree,
                                                 const Key& key) {
  Path path;
  if (!TRY(search_slot(cache, tree, key, path))) return std::optional<std::vector<u8>>();
  Bytes data = path.item();
  return std::optional(std::vector<u8>(data.begin(), data.end()));
}

Result<std::vector<ItemValue>> items_in_range(BlockCache& cache, const RootPointer& tree,
                                              const Key& first, const Key& last) {
  std::vector<ItemValue> items;
  Path path;
  bool more = TRY(search_at_or_after(cache, tree, first, path));
  for (; more && path.key() <= last; more = TRY(next_item(cache, tree.tree, path))) {
    Bytes data = path.item();
    items.push_back({path.key(), std::vector<u8>(data.begin(), data.end())});
  }
  return items;
}

namespace {

// Removes the items with the keys of [first, last) of `gone`, which follow each other in the tree.
Result<void> remove_run(Transaction& transaction, Tree& tree,
                        std::vector<ItemValue>::const_iterator first,
                        std::vector<ItemValue>::const_iterator last) {
  while (first != last) {
    CowPath path;
    if (!TRY(search_cow(transaction, tree, first->key, path)))
      return unexpected(tree, first->key, "is missing");
    u32 count = 0;
    u32 in_leaf = path.leaf().nritems() - path.slot();
    while (first != last && count < in_leaf && path.leaf().key(path.slot() + count) == first->key) {
      ++count;
      ++first;
    }
    TRY(remove_at(transaction, tree, path, count));
  }
  return {};
}

}  // namespace

Result<void> set_items_in_range(Transaction& transaction, Tree& tree, const Key& first,
                                const Key& last, const std::vector<ItemValue>& wanted) {
  CHECK(wanted.empty() || (wanted.front().key >= first && wanted.back().key <= last));
  return set_items(transaction, tree,
                   TRY(items_in_range(transaction.cache(), tree.root, first, last)), wanted);
}

Result<void> set_items(Transaction& transaction, Tree& tree, const std::vector<ItemValue>& present,
                       const std::vector<ItemValue>& wanted) {
  auto want = wanted.begin();
  for (auto have = present.cbegin(); have != present.cend();) {
    while (want != wanted.end() && want->key < have->key) {
      TRY(insert_item(transaction, tree, want->key, want->data));
      ++want;
    }
    if (want != wanted.end() && want->key == have->key) {
      if (want->data != have->data) TRY(replace_item(transaction, tree, want->key, want->data));
      ++want, ++have;
      continue;
    }
    auto stop = have;
    while (stop != present.cend() && (want == wanted.end() || stop->key < want->key))
      ++stop;
    TRY(remove_run(transaction, tree, have, stop));
    have = stop;
  }
  for (; want != wanted.end(); ++want)
    TRY(insert_item(transaction, tree, want->key, want->data));
  return {};
}

}  // namespace canopy
