#include "relocation/rename.h"

#include <algorithm>
#include <cstring>

#include "cow/edit_block.h"
#include "ondisk/file_extent.h"
#include "relocation/copy_data.h"

namespace canopy {

void Rename::committed() {
  std::map<u64, u8> levels;
  for (const auto& [bytenr, entry] : closure_.blocks())
    levels.emplace(bytenr, entry.record.level);
  order_.moved(names_, levels);
}

std::map<u64, u64> Rename::moves() const {
  std::map<u64, u64> moves(names_.begin(), names_.end());
  moves.insert(data_names_.begin(), data_names_.end());
  return moves;
}

Result<RenameCounts> Rename::run(const RenameTargets& targets) {
  TRY(choose_addresses(targets));
  TRY(copy_data());
  TRY(write_blocks());
  TRY(rewrite_extents());
  TRY(move_csums());
  TRY(write_root_items());
  TRY(cow_own_trees());
  RenameCounts counts;
  counts.tree_blocks = names_.size() + closure_.cow_blocks().size();
  counts.data_extents = data_names_.size();
  for (const auto& [bytenr, record] : closure_.moved_data())
    counts.data_bytes += record.num_bytes;
  return counts;
}

Result<u64> Rename::allocate(const AllocationRule& rule, u64 from, u64 chunk_type) {
  BlockGroups& groups = writer_.groups();
  if (auto at = TRY(groups.allocate(rule, from))) return *at;
  if (chunk_type != 0) {
    auto made = writer_.allocate_chunk(transaction_, chunk_type);
    if (!made.ok() && made.error().code() != Code::no_space) return std::move(made).error();
    if (made.ok()) {
      u64 start = made.value()->start();
      if (auto at = TRY(groups.allocate(rule, std::max(from, start)))) return *at;
    }
  }
  if (auto at = TRY(groups.allocate(rule, 0))) return *at;
  return error(Code::no_space, "no contiguous room for an extent of {} bytes", rule.length)
      .as_errno("ENOSPC");
}

Result<void> Rename::choose_addresses(const RenameTargets& targets) {
  leaving_ = targets.leaving;
  for (const auto& [bytenr, record] : closure_.moved_data()) {
    AllocationRule rule = targets.data;
    rule.length = record.num_bytes;
    data_names_.emplace(bytenr, TRY(allocate(rule, 0, targets.data_chunk)));
  }
  return choose_block_addresses(targets);
}

// Blocks go home where they can; those that are to lie in order take rising addresses; the others
// follow in order among themselves, wherever there is room.
Result<void> Rename::choose_block_addresses(const RenameTargets& targets) {
  u64 chunk = targets.make_block_chunks ? targets.block_chunk : 0;
  std::vector<u64> blocks;
  for (const auto& [bytenr, entry] : closure_.blocks())
    blocks.push_back(bytenr);
  std::ranges::sort(blocks, {}, [&](u64 bytenr) { return order_.home_of(bytenr); });
  std::vector<u64> others;
  for (u64 bytenr : blocks) {
    u64 home = order_.home_of(bytenr);
    if (home != bytenr && TRY(writer_.groups().take_held(home, transaction_.nodesize()))) {
      names_.emplace(bytenr, home);
    } else if (rising_.blocks.contains(bytenr)) {
      u64 at = TRY(allocate(targets.blocks, rising_.next, chunk));
      names_.emplace(bytenr, at);
      rising_.next = at + transaction_.nodesize();
    } else {
      others.push_back(bytenr);
    }
  }
  u64 from = 0;
  for (u64 bytenr : others) {
    auto next = TRY(writer_.groups().allocate(targets.blocks, from));
    u64 at = next ? *next : TRY(allocate(targets.blocks, 0, chunk));
    names_.emplace(bytenr, at);
    from = at + transaction_.nodesize();
  }
  return {};
}

Result<void> Rename::copy_data() {
  Tree* csum_tree = TRY(transaction_.find_tree(CSUM_TREE_OBJECTID));
  for (const auto& [bytenr, record] : closure_.moved_data()) {
    auto csums = csum_tree == nullptr
                     ? std::vector<CsumRun>()
                     : TRY(find_csums(transaction_.cache(), csum_tree->root, writer_.csum_format(),
                                      bytenr, record.num_bytes));
    TRY(copy_extent(writer_.volume(), *transaction_.cache().format().checksum,
                    writer_.csum_format(), csums, bytenr, data_names_.at(bytenr),
                    record.num_bytes));
  }
  return {};
}

void Rename::rename_pointers(ExtentBuffer& block) const {
  for (u32 slot = 0; slot < block.nritems(); ++slot) {
    if (!block.is_leaf()) {
      auto found = names_.find(block.blockptr(slot));
      if (found != names_.end())
        set_pointer(block, slot, {block.key(slot), found->second, transaction_.transid()});
      continue;
    }
    if (block.key(slot).type != EXTENT_DATA_KEY) continue;
    MutableBytes item = mutable_item(block, slot);
    if (item.size() < sizeof(FileExtentItem) ||
        item[offsetof(FileExtentItem, type)] == FILE_EXTENT_INLINE)
      continue;
    u8* field = item.data() + offsetof(FileExtentItem, disk_bytenr);
    auto found = data_names_.find(load_le<u64>(field));
    if (found != data_names_.end()) store_le<u64>(field, found->second);
  }
}

Result<void> Rename::write_blocks() {
  for (const auto& [bytenr, entry] : closure_.blocks()) {
    BufferRef copy = transaction_.copy_block_to(*entry.block, names_.at(bytenr));
    rename_pointers(*copy);
  }
  return {};
}

// The addresses of all extents whose items change, in order.
std::vector<u64> Rename::affected_extents() const {
  std::vector<u64> affected;
  for (const auto& [bytenr, name] : names_)
    affected.push_back(bytenr);
  for (const auto& [bytenr, name] : data_names_)
    affected.push_back(bytenr);
  // Children of a block with full backrefs name it by its address.
  for (const auto& [bytenr, entry] : closure_.blocks()) {
    if (!entry.record.is_full_backref()) continue;
    const ExtentBuffer& block = *entry.block;
    for (u32 slot = 0; slot < block.nritems(); ++slot) {
      if (!block.is_leaf()) {
        affected.push_back(block.blockptr(slot));
      } else if (block.key(slot).type == EXTENT_DATA_KEY &&
                 block.item_size(slot) >= sizeof(FileExtentItem)) {
        auto extent = load_struct<FileExtentItem>(block.item(slot));
        if (extent.type != FILE_EXTENT_INLINE && extent.disk_bytenr != 0)
          affected.push_back(extent.disk_bytenr);
      }
    }
  }
  std::ranges::sort(affected);
  affected.erase(std::unique(affected.begin(), affected.end()), affected.end());
  return affected;
}

Result<void> Rename::rewrite_extents() {
  Tree& tree = *TRY(transaction_.tree(EXTENT_TREE_OBJECTID));
  const ExtentFormat format = writer_.extent_format();
  for (u64 bytenr : affected_extents()) {
    const StoredExtent before = TRY(load_extent(transaction_.cache(), tree.root, bytenr));
    ExtentRecord record = before.record;
    for (CountedRef& counted : record.refs)
      if (counted.ref.is_shared()) counted.ref.parent = name_of(counted.ref.parent);
    const auto& names = record.is_tree_block() ? names_ : data_names_;
    auto renamed = names.find(bytenr);
    if (renamed != names.end()) {
      TRY(writer_.groups().release(bytenr, record.num_bytes, false));
      if (record.is_tree_block()) keep_home(bytenr);
      record.bytenr = renamed->second;
      if (record.is_tree_block()) record.generation = transaction_.transid();
    }
    TRY(change_extent(transaction_, tree, before, record, format));
  }
  return {};
}

// The address that a block leaves is kept for its return, if it is the block's home and its group
// stays.
void Rename::keep_home(u64 bytenr) {
  if (order_.is_away(bytenr)) return;
  const BlockGroup* group = writer_.groups().find(bytenr);
  if (group->read_only || (leaving_ != nullptr && leaving_->contains(group->start()))) return;
  writer_.groups().hold(bytenr, transaction_.nodesize());
}

Result<void> Rename::move_csums() {
  Tree* tree = TRY(transaction_.find_tree(CSUM_TREE_OBJECTID));
  if (tree == nullptr) return {};
  CsumFormat format = writer_.csum_format();
  std::vector<CsumRun> moved;
  for (const auto& [bytenr, record] : closure_.moved_data()) {
    auto runs = TRY(find_csums(transaction_.cache(), tree->root, format, bytenr, record.num_bytes));
    if (runs.empty()) continue;
    TRY(cut_csums(transaction_, *tree, format, bytenr, record.num_bytes));
    for (CsumRun& run : runs) {
      run.logical = run.logical - bytenr + data_names_.at(bytenr);
      moved.push_back(std::move(run));
    }
  }
  std::ranges::sort(moved, {}, &CsumRun::logical);
  for (std::size_t i = 0; i < moved.size();) {
    CsumRun joined = std::move(moved[i++]);
    auto end = [&] {
      return joined.logical + joined.csums.size() / format.csum_size * format.sectorsize;
    };
    for (; i < moved.size() && moved[i].logical == end(); ++i)
      joined.csums.insert(joined.csums.end(), moved[i].csums.begin(), moved[i].csums.end());
    TRY(insert_csums(transaction_, *tree, format, joined));
  }
  return {};
}

Result<void> Rename::write_root_items() {
  Tree& root_tree = *TRY(transaction_.tree(ROOT_TREE_OBJECTID));
  u64 transid = transaction_.transid();
  for (u64 objectid : closure_.roots()) {
    Path path;
    Key last{objectid, ROOT_ITEM_KEY, ~u64{0}};
    if (!TRY(search_at_or_before(transaction_.cache(), root_tree.root, last, path)) ||
        path.key().objectid != objectid || path.key().type != ROOT_ITEM_KEY ||
        path.item().size() < ROOT_ITEM_V0_SIZE)
      return error(Code::corrupt, "root item of tree {} is missing or too short",
                   objectid_name(objectid));
    Key key = path.key();
    std::vector<u8> item(path.item().begin(), path.item().end());
    u64 bytenr = load_le<u64>(item.data() + offsetof(RootItem, bytenr));
    store_le<u64>(item.data() + offsetof(RootItem, bytenr), name_of(bytenr));
    if (item.size() >= sizeof(RootItem)) {
      // What comes after generation_v2 counts only while both generations are equal.
      u8* v2 = item.data() + offsetof(RootItem, generation_v2);
      if (load_le<u64>(v2) == load_le<u64>(item.data() + offsetof(RootItem, generation)))
        store_le<u64>(v2, transid);
    }
    store_le<u64>(item.data() + offsetof(RootItem, generation), transid);
    store_le<u64>(item.data() + offsetof(RootItem, last_snapshot), transid);
    TRY(replace_item(transaction_, root_tree, key, item));
  }
  return {};
}

Result<void> Rename::cow_own_trees() {
  for (const CowBlock& block : closure_.cow_blocks()) {
    Tree& tree = *TRY(transaction_.tree(block.tree));
    // The tree may have lost levels in this transaction; then the block went with them.
    if (tree.root.level < block.level) continue;
    CowPath path;
    TRY(search_cow(transaction_, tree, block.key, path, block.level));
  }
  Tree& root_tree = *TRY(transaction_.tree(ROOT_TREE_OBJECTID));
  for (const CacheFileExtent& extent : closure_.cache_file_extents()) {
    auto item = TRY(find_item(transaction_.cache(), root_tree.root, extent.key));
    if (!item || item->size() < sizeof(FileExtentItem))
      return error(Code::corrupt, "item {} of the root tree is missing", key_text(extent.key));
    store_le<u64>(item->data() + offsetof(FileExtentItem, disk_bytenr),
                  data_names_.at(extent.bytenr));
    TRY(replace_item(transaction_, root_tree, extent.key, *item));
  }
  return {};
}

}  // namespace canopy
