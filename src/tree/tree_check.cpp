#include "tree/tree_check.h"

#include "tree/tree_check_items.h"

namespace canopy {
namespace {

Error corrupt(u64 logical, std::string_view why) {
  return error(Code::corrupt, "tree block: {}", why).at(logical).as_errno("EUCLEAN");
}

Error corrupt_slot(const ExtentBuffer& block, u32 slot, const Key& key, std::string_view why) {
  return corrupt(block.start(), fmt::format("slot {} {}: {}", slot, key_text(key), why));
}

Result<void> check_node(const ExtentBuffer& node, u32 sectorsize) {
  Key before;
  for (u32 slot = 0; slot < node.nritems(); ++slot) {
    const Key key = node.key(slot);
    if (slot > 0 && before >= key)
      return corrupt_slot(node, slot, key, "key not above the one before");
    if (node.blockptr(slot) == 0 || node.blockptr(slot) % sectorsize != 0)
      return corrupt_slot(node, slot, key,
                          fmt::format("pointer to {}, where no block is", node.blockptr(slot)));
    before = key;
  }
  return {};
}

Result<void> check_leaf(const ExtentBuffer& leaf, const TreeCheckLimits& limits) {
  const Bytes bytes = leaf.bytes();
  const u32 count = leaf.nritems();
  ItemCheck items(leaf.owner(), leaf.size(), limits);
  u64 data_end = leaf.leaf_data_size();
  Key before;
  for (u32 slot = 0; slot < count; ++slot) {
    const auto entry = load_struct<Item>(bytes, sizeof(Header) + std::size_t{slot} * sizeof(Item));
    const Key key = entry.key.decode();
    if (slot > 0 && before >= key)
      return corrupt_slot(leaf, slot, key, "key not above the one before");
    const u64 offset = entry.offset;
    const u64 size = entry.size;
    // Data lies without gaps, item 0's at the very end of the block.
    if (offset + size != data_end) return corrupt_slot(leaf, slot, key, "item data out of place");
    if (offset < u64{count} * sizeof(Item))
      return corrupt_slot(leaf, slot, key, "item data overlaps the items");
    const Bytes item = bytes.subspan(sizeof(Header) + static_cast<std::size_t>(offset),
                                     static_cast<std::size_t>(size));
    if (!items.check(key, item)) return corrupt_slot(leaf, slot, key, items.reason());
    data_end = offset;
    before = key;
  }
  return {};
}

// Trees that always have something in them.
bool is_never_empty(u64 tree) {
  return tree == ROOT_TREE_OBJECTID || tree == CHUNK_TREE_OBJECTID || tree == DEV_TREE_OBJECTID ||
         tree == EXTENT_TREE_OBJECTID || tree == FS_TREE_OBJECTID ||
         tree == DATA_RELOC_TREE_OBJECTID;
}

}  // namespace

Result<void> tree_check(const ExtentBuffer& block, const TreeCheckLimits& limits) {
  auto bad = [&](std::string_view why) { return corrupt(block.start(), why); };
  if (block.level() >= MAX_LEVEL) return bad(fmt::format("level {}", block.level()));
  if ((block.flags() & HEADER_FLAG_WRITTEN) == 0) return bad("never written");
  u64 most = block.is_leaf() ? block.leaf_data_size() / sizeof(Item) : block.max_pointers();
  if (block.nritems() > most) return bad(fmt::format("{} items", block.nritems()));
  if (!block.is_leaf() && block.nritems() == 0) return bad("node without pointers");
  if (block.nritems() == 0 && (block.flags() & HEADER_FLAG_RELOC) == 0) {
    if (is_never_empty(block.owner()))
      return bad(fmt::format("tree {} is empty", objectid_name(block.owner())));
    if (block.owner() == 0) return bad("belongs to tree 0");
  }
  return block.is_leaf() ? check_leaf(block, limits) : check_node(block, limits.sectorsize);
}

}  // namespace canopy
