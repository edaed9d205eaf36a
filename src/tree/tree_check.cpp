#include "tree/tree_check.h"

namespace canopy {
namespace {

Error corrupt(u64 logical, u32 slot, std::string_view why) {
  return error(Code::corrupt, "tree block: slot {}: {}", slot, why).at(logical).as_errno("EUCLEAN");
}

Result<void> check_node(const ExtentBuffer& node, u32 sectorsize) {
  for (u32 slot = 0; slot < node.nritems(); ++slot) {
    if (slot > 0 && node.key(slot - 1) >= node.key(slot))
      return corrupt(node.start(), slot, "key not above the one before");
    if (node.blockptr(slot) == 0 || node.blockptr(slot) % sectorsize != 0)
      return corrupt(node.start(), slot, "pointer to no block");
  }
  return {};
}

Result<void> check_leaf(const ExtentBuffer& leaf) {
  u64 data_end = leaf.leaf_data_size();
  for (u32 slot = 0; slot < leaf.nritems(); ++slot) {
    if (slot > 0 && leaf.key(slot - 1) >= leaf.key(slot))
      return corrupt(leaf.start(), slot, "key not above the one before");
    u64 offset = leaf.item_offset(slot) - u64{sizeof(Header)};
    u64 size = leaf.item_size(slot);
    // Data lies without gaps, item 0's at the very end of the block.
    if (offset + size != data_end) return corrupt(leaf.start(), slot, "item data out of place");
    if (offset < u64{leaf.nritems()} * sizeof(Item))
      return corrupt(leaf.start(), slot, "item data overlaps the items");
    data_end = offset;
  }
  return {};
}

}  // namespace

Result<void> tree_check(const ExtentBuffer& block, u32 sectorsize) {
  auto bad = [&](std::string_view why) {
    return error(Code::corrupt, "tree block: {}", why).at(block.start()).as_errno("EUCLEAN");
  };
  if (block.level() >= MAX_LEVEL) return bad(fmt::format("level {}", block.level()));
  u64 most = block.is_leaf() ? block.leaf_data_size() / sizeof(Item) : block.max_pointers();
  if (block.nritems() > most) return bad(fmt::format("{} items", block.nritems()));
  if (!block.is_leaf() && block.nritems() == 0) return bad("node without pointers");
  return block.is_leaf() ? check_leaf(block) : check_node(block, sectorsize);
}

}  // namespace canopy
