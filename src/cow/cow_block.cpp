#include "cow/cow_block.h"

#include "cow/edit_block.h"

namespace canopy {
namespace {

// A copy of a block that belongs to the last commit; the block itself if it is ours already.
Result<BufferRef> cow(Transaction& transaction, Tree& tree, const BlockRef& block) {
  if (block->generation() == transaction.transid()) return transaction.writable(*block);
  u64 logical = TRY(transaction.allocate_address(tree.id()));
  BufferRef copy = transaction.copy_block_to(*block, logical);
  u8* flags = copy->mutable_bytes().data() + offsetof(Header, flags);
  store_le<u64>(flags, load_le<u64>(flags) & ~HEADER_FLAG_RELOC);
  Key first_key = block->nritems() > 0 ? block->key(0) : Key{};
  transaction.delayed_refs().insert_tree_block(logical, transaction.nodesize(),
                                               transaction.transid(), block->level(), first_key,
                                               Backref::tree_block(tree.id()));
  TRY(transaction.free_block(*block, tree.id()));
  return copy;
}

}  // namespace

Result<BufferRef> cow_child(Transaction& transaction, Tree& tree, ExtentBuffer& parent, u32 slot) {
  BlockRef child = TRY(transaction.cache().read_child(parent, slot, tree.id()));
  BufferRef copy = TRY(cow(transaction, tree, child));
  if (copy->start() != child->start())
    set_pointer(parent, slot, {parent.key(slot), copy->start(), transaction.transid()});
  return copy;
}

Result<bool> search_cow(Transaction& transaction, Tree& tree, const Key& key, CowPath& path,
                        u8 lowest_level) {
  CHECK(is_cow_only(tree.id()));
  path = CowPath();
  BlockRef root = TRY(read_root(transaction.cache(), tree.root));
  if (root->level() < lowest_level)
    return error(Code::corrupt, "tree {} has no level {}", objectid_name(tree.id()), lowest_level)
        .at(root->start());
  BufferRef block = TRY(cow(transaction, tree, root));
  if (block->start() != root->start()) {
    tree.root.bytenr = block->start();
    tree.root.generation = transaction.transid();
    tree.changed = true;
  }
  for (;;) {
    u8 level = block->level();
    bool found = false;
    u32 slot = block->lower_bound(key, found);
    if (level > 0 && !found && slot > 0) --slot;
    path.slots[level] = slot;
    path.nodes[level] = block;
    if (level <= lowest_level) return found;
    block = TRY(cow_child(transaction, tree, *block, slot));
  }
}

void fix_low_keys(CowPath& path, u8 level) {
  const Key key = path.nodes[level]->key(0);
  for (u8 above = static_cast<u8>(level + 1); path.has(above); ++above) {
    set_key(*path.nodes[above], path.slots[above], key);
    if (path.slots[above] != 0) break;
  }
}

}  // namespace canopy
