#include "commit/cow_subvolume.h"

#include "commit/extent_record.h"
#include "cow/edit_block.h"
#include "ondisk/file_extent.h"
#include "ondisk/root_item.h"

namespace canopy {

Result<bool> SubvolumeCow::search(const Key& key, CowPath& path) {
  path = CowPath();
  const BlockRef root = TRY(read_root(transaction_.cache(), tree_.root));
  BufferRef block = TRY(cow(root));
  tree_.root.bytenr = block->start();
  tree_.root.generation = transaction_.transid();
  for (;;) {
    const u8 level = block->level();
    bool found = false;
    u32 slot = block->lower_bound(key, found);
    if (level > 0 && !found && slot > 0) --slot;
    path.slots[level] = slot;
    path.nodes[level] = block;
    if (level == 0) return found;
    const BlockRef child = TRY(transaction_.cache().read_child(*block, slot, tree_.id()));
    BufferRef copy = TRY(cow(child));
    if (copy->start() != child->start())
      set_pointer(*block, slot, {block->key(slot), copy->start(), transaction_.transid()});
    block = std::move(copy);
  }
}

Result<BufferRef> SubvolumeCow::cow(const BlockRef& block) {
  if (block->generation() == transaction_.transid()) return transaction_.writable(*block);
  const Sharing sharing = TRY(sharing_of(*block));
  const bool ours = block->owner() == tree_.id();
  if (sharing.refs == 0 || (sharing.refs == 1 && !ours && !sharing.full_backref))
    return error(Code::corrupt, "references to a block of subvolume {} are wrong", tree_.id())
        .at(block->start())
        .as_errno("EUCLEAN");
  const u64 logical = TRY(transaction_.allocate_address(tree_.id()));
  BufferRef copy = transaction_.copy_block_to(*block, logical);
  u8* header = copy->mutable_bytes().data();
  store_le<u64>(header + offsetof(Header, owner), tree_.id());
  store_le<u64>(header + offsetof(Header, flags),
                load_le<u64>(header + offsetof(Header, flags)) & ~HEADER_FLAG_RELOC);
  const Backref our_ref = Backref::tree_block(tree_.id());
  transaction_.delayed_refs().insert_tree_block(
      logical, transaction_.nodesize(), transaction_.transid(), block->level(),
      block->nritems() > 0 ? block->key(0) : Key{}, our_ref);
  if (sharing.refs > 1 && ours && !sharing.full_backref) {
    TRY(change_children(*block, true, 1));
    transaction_.delayed_refs().set_full_backref(block->start(), transaction_.nodesize());
  } else if (sharing.refs > 1 || sharing.full_backref) {
    TRY(change_children(*copy, false, 1));
    if (sharing.refs == 1) TRY(change_children(*block, true, -1));
  }
  if (sharing.refs == 1) {
    freed_.push_back(block->start());
    TRY(transaction_.free_block(*block, tree_.id()));
  } else {
    TRY(change(block->start(), transaction_.nodesize(), false, our_ref, -1));
  }
  return copy;
}

// As it is with what the transaction has queued.
Result<SubvolumeCow::Sharing> SubvolumeCow::sharing_of(const ExtentBuffer& block) {
  const Tree& extent_tree = *TRY(transaction_.tree(EXTENT_TREE_OBJECTID));
  const ExtentRecord record =
      TRY(read_extent(transaction_.cache(), extent_tree.root, block.start()));
  if (!record.is_tree_block())
    return error(Code::corrupt, "a tree block lies in a data extent").at(block.start());
  Sharing sharing{record.total_refs(), record.is_full_backref()};
  if (const DelayedRef* waiting = transaction_.delayed_refs().find(block.start())) {
    sharing.full_backref |= waiting->full_backref;
    for (const auto& [ref, delta] : waiting->changes)
      sharing.refs += static_cast<u64>(delta);
  }
  return sharing;
}

Result<void> SubvolumeCow::change_children(const ExtentBuffer& block, bool shared, i64 delta) {
  for (u32 slot = 0; slot < block.nritems(); ++slot) {
    if (block.level() > 0) {
      TRY(change(block.blockptr(slot), transaction_.nodesize(), false,
                 shared ? Backref::shared_block(block.start()) : Backref::tree_block(tree_.id()),
                 delta));
      continue;
    }
    const Key key = block.key(slot);
    if (key.type != EXTENT_DATA_KEY) continue;
    const auto extent = load_file_extent(block.item(slot));
    if (!extent || extent->type == FILE_EXTENT_INLINE || extent->disk_bytenr == 0) continue;
    TRY(change(extent->disk_bytenr, extent->disk_num_bytes, true,
               shared ? Backref::shared_data(block.start())
                      : Backref::extent_data(tree_.id(), key.objectid, key.offset - extent->offset),
               delta));
  }
  return {};
}

// What an image says of one extent in two places may differ.
Result<void> SubvolumeCow::change(u64 bytenr, u64 num_bytes, bool is_data, const Backref& ref,
                                  i64 delta) {
  const DelayedRef* waiting = transaction_.delayed_refs().find(bytenr);
  if (waiting != nullptr && (waiting->num_bytes != num_bytes || waiting->is_data != is_data))
    return error(Code::corrupt, "two items say different things of an extent")
        .at(bytenr)
        .as_errno("EUCLEAN");
  transaction_.delayed_refs().change(bytenr, num_bytes, is_data, ref, delta);
  return {};
}

Result<void> write_subvolume_root(Transaction& transaction, Tree& tree) {
  Tree& root_tree = *TRY(transaction.tree(ROOT_TREE_OBJECTID));
  Path path;
  if (!TRY(search_at_or_before(transaction.cache(), root_tree.root,
                               {tree.id(), ROOT_ITEM_KEY, ~u64{0}}, path)) ||
      path.key().objectid != tree.id() || path.key().type != ROOT_ITEM_KEY ||
      path.item().size() < ROOT_ITEM_V0_SIZE)
    return error(Code::corrupt, "root item of tree {} is missing or too short",
                 objectid_name(tree.id()));
  const Key key = path.key();
  std::vector<u8> item(path.item().begin(), path.item().end());
  const u64 transid = transaction.transid();
  // What comes after generation_v2 counts only while both generations are equal.
  if (item.size() >= sizeof(RootItem) &&
      load_le<u64>(item.data() + offsetof(RootItem, generation_v2)) ==
          load_le<u64>(item.data() + offsetof(RootItem, generation))) {
    store_le<u64>(item.data() + offsetof(RootItem, generation_v2), transid);
    store_le<u64>(item.data() + offsetof(RootItem, ctransid), transid);
  }
  store_le<u64>(item.data() + offsetof(RootItem, bytenr), tree.root.bytenr);
  store_le<u64>(item.data() + offsetof(RootItem, generation), transid);
  return replace_item(transaction, root_tree, key, item);
}

}  // namespace canopy
