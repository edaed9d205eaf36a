#include "relocation/relocate.h"

#include <algorithm>

#include "ondisk/file_extent.h"
#include "ondisk/free_space.h"

namespace canopy {

Relocation::Relocation(FilesystemWriter& writer, RelocationOptions options,
                       RelocationControl& control)
    : writer_(writer), options_(options), control_(control) {
  BlockGroups& groups = writer_.groups();
  groups.set_target_profile(BLOCK_GROUP_DATA, options_.data_profile);
  groups.set_target_profile(BLOCK_GROUP_METADATA, options_.metadata_profile);
  groups.set_target_profile(BLOCK_GROUP_SYSTEM, options_.system_profile);
}

Relocation::~Relocation() {
  for (u64 type : {BLOCK_GROUP_DATA, BLOCK_GROUP_METADATA, BLOCK_GROUP_SYSTEM})
    writer_.groups().set_target_profile(type, std::nullopt);
}

Result<void> Relocation::check_possible() {
  CommittedForest& forest = writer_.forest();
  auto root_tree = TRY(forest.root(ROOT_TREE_OBJECTID));
  Path path;
  Key key{TREE_RELOC_OBJECTID, ROOT_ITEM_KEY, 0};
  if (TRY(search_at_or_after(forest.cache(), root_tree->pointer(), key, path)) &&
      path.key().objectid == TREE_RELOC_OBJECTID && path.key().type == ROOT_ITEM_KEY)
    return error(Code::unsupported,
                 "a relocation by the kernel was interrupted; a mount finishes it first");
  return {};
}

Result<void> Relocation::relocate_group(u64 start) {
  TRY(writer_.recover());
  BlockGroup* group = writer_.groups().find(start);
  if (group == nullptr || group->start() != start)
    return error(Code::not_found, "there is no block group").at(start);
  RelocationProgress& progress = control_.progress;
  progress.current_group = start;
  progress.group_bytes_left = group->used;
  auto result = run_batches(start);
  progress.current_group = 0;
  // The group may have been read anew meanwhile, or be gone.
  group = writer_.groups().find(start);
  if (group != nullptr) group->read_only = false;
  return result;
}

Result<void> Relocation::run_batches(u64 start) {
  TRY(control_.between_batches());
  TRY(remove_free_space_cache(start));
  BlockGroup* group = writer_.groups().find(start);
  TRY(keep_data_profile(*group));
  group = writer_.groups().find(start);
  group->read_only = true;
  auto extent_tree = TRY(writer_.forest().root(EXTENT_TREE_OBJECTID));
  TRY(writer_.groups().load(*group, extent_tree->pointer()));
  std::vector<u64> extents = TRY(list_extents(*group));
  std::size_t next = 0;
  while (!TRY(run_batch(*group, extents, next))) {
    control_.progress.group_bytes_left = group->used;
    TRY(control_.between_batches());
  }
  return {};
}

// The addresses of all extents of a group, in the order in which they are to be moved: data as it
// lies, tree blocks as they lay when the relocation began.
Result<std::vector<u64>> Relocation::list_extents(const BlockGroup& group) {
  CommittedForest& forest = writer_.forest();
  auto tree = TRY(forest.root(EXTENT_TREE_OBJECTID));
  std::vector<u64> extents;
  Path path;
  Key first{group.start(), 0, 0};
  bool more = TRY(search_at_or_after(forest.cache(), tree->pointer(), first, path));
  for (; more; more = TRY(next_item(forest.cache(), tree->objectid(), path))) {
    Key key = path.key();
    if (key.objectid >= group.end()) break;
    if (key.type == EXTENT_ITEM_KEY || key.type == METADATA_ITEM_KEY)
      extents.push_back(key.objectid);
  }
  std::ranges::stable_sort(extents, {}, [&](u64 bytenr) { return order_.rank(bytenr); });
  return extents;
}

// One transaction; true if it removed the group. An extent of the list may be gone by its turn: a
// parent of what was moved, or a block that was copied on the way.
Result<bool> Relocation::run_batch(BlockGroup& group, std::vector<u64>& extents,
                                   std::size_t& next) {
  CommittedForest& forest = writer_.forest();
  auto extent_tree = TRY(forest.root(EXTENT_TREE_OBJECTID));
  Closure closure(forest, extent_tree->pointer());
  u64 data_bytes = 0;
  for (; next < extents.size(); ++next) {
    if (closure.blocks().size() + closure.cow_blocks().size() >= options_.batch_blocks ||
        data_bytes >= options_.batch_data_bytes)
      break;
    u64 bytenr = extents[next];
    if (closure.blocks().contains(bytenr) || group.free.intersects(bytenr, 1)) continue;
    ExtentRecord record = TRY(read_extent(forest.cache(), extent_tree->pointer(), bytenr));
    TRY(closure.add(record));
    if (!record.is_tree_block()) data_bytes += record.num_bytes;
  }
  auto transaction = TRY(writer_.begin());
  TRY(reserve_blocks(*transaction, group, closure));
  Rename rename(writer_, *transaction, closure, order_);
  RenameCounts counts = TRY(rename.run(targets_for(group)));
  bool done = next == extents.size();
  if (done) {
    // What the group still has are blocks whose removal is queued.
    if (group.used != 0)
      return error(Code::corrupt, "{} bytes are left in the block group", group.used)
          .at(group.start());
    TRY(writer_.remove_chunk(*transaction, group.start()));
  }
  TRY(commit(std::move(transaction)));
  rename.committed();
  control_.progress.data_bytes_moved += counts.data_bytes;
  control_.progress.extents_moved += counts.data_extents + counts.tree_blocks;
  return done;
}

Result<void> Relocation::commit(std::unique_ptr<Transaction> transaction) {
  CommitOptions options;
  options.relocating = true;
  TRY(writer_.commit(std::move(transaction), options));
  control_.progress.commits += 1;
  return {};
}

// Makes chunks before they are needed: copying blocks of the filesystem's own trees cannot stop in
// the middle to make one.
Result<void> Relocation::reserve_blocks(Transaction& transaction, const BlockGroup& group,
                                        const Closure& closure) {
  constexpr u64 system_blocks = 12;
  constexpr u64 spare_blocks = 48;
  BlockGroups& groups = writer_.groups();
  u64 touched = 0;  // extents whose items change
  for (const auto& [bytenr, entry] : closure.blocks())
    touched += 1 + (entry.record.is_full_backref() ? entry.block->nritems() : 0);
  touched += closure.moved_data().size();
  u64 per_leaf = transaction.nodesize() / 512;
  u64 need =
      closure.blocks().size() + closure.cow_blocks().size() + touched * 2 / per_leaf + spare_blocks;
  bool system_missing = TRY(groups.count_room(transaction.block_rule(BLOCK_GROUP_SYSTEM),
                                              system_blocks)) < system_blocks;
  bool blocks_missing =
      TRY(groups.count_room(transaction.block_rule(BLOCK_GROUP_METADATA), need)) < need;
  if (system_missing)
    TRY(writer_.allocate_chunk(transaction, usual_metadata_chunk(BLOCK_GROUP_SYSTEM)));
  if (blocks_missing) {
    // The estimate is generous: where no chunk can be made, there may still be room enough.
    u64 flags = (group.flags() & BLOCK_GROUP_METADATA) != 0
                    ? targets_for(group).block_chunk
                    : usual_metadata_chunk(BLOCK_GROUP_METADATA);
    auto made = writer_.allocate_chunk(transaction, flags);
    if (!made.ok() && made.error().code() != Code::no_space) return std::move(made).error();
  }
  return {};
}

// The flags that a new chunk for tree blocks has: the target of a conversion, else as the newest
// chunk of its kind.
u64 Relocation::usual_metadata_chunk(u64 type) const {
  u64 flags = type;
  for (const auto& [start, group] : writer_.groups().all())
    if ((group.flags() & type) != 0) flags = group.flags();
  const auto& target =
      type == BLOCK_GROUP_SYSTEM ? options_.system_profile : options_.metadata_profile;
  if (target) flags = (flags & ~BLOCK_GROUP_PROFILE_MASK) | *target;
  return flags;
}

RenameTargets Relocation::targets_for(const BlockGroup& group) const {
  u64 profile = group.flags() & BLOCK_GROUP_PROFILE_MASK;
  u64 type = group.flags() & BLOCK_GROUP_TYPE_MASK;
  u64 nodesize = writer_.super().nodesize;
  RenameTargets targets;
  u64 data_profile = options_.data_profile.value_or(profile);
  targets.data = {BLOCK_GROUP_DATA, 0, writer_.super().sectorsize, 0, data_profile};
  targets.data_chunk = type | data_profile;
  targets.blocks = {BLOCK_GROUP_METADATA, nodesize, nodesize, STRIPE_LEN,
                    options_.metadata_profile};
  targets.block_chunk = usual_metadata_chunk(BLOCK_GROUP_METADATA);
  if ((type & BLOCK_GROUP_METADATA) != 0) {
    targets.blocks.profile = options_.metadata_profile.value_or(profile);
    targets.block_chunk = type | *targets.blocks.profile;
  }
  return targets;
}

// Where no data is left at all, an empty data chunk keeps the profile, as the kernel does it
// (btrfs_may_alloc_data_chunk).
Result<void> Relocation::keep_data_profile(const BlockGroup& group) {
  if ((group.flags() & BLOCK_GROUP_DATA) == 0) return {};
  for (const auto& [start, other] : writer_.groups().all())
    if ((other.flags() & BLOCK_GROUP_DATA) != 0 && other.used > 0) return {};
  u64 flags = targets_for(group).data_chunk;
  auto transaction = TRY(writer_.begin());
  TRY(writer_.allocate_chunk(*transaction, flags));
  return commit(std::move(transaction));
}

// The v1 free space cache of the group: its header, inode and extents go. Where no cache is,
// nothing happens.
Result<void> Relocation::remove_free_space_cache(u64 start) {
  CommittedForest& forest = writer_.forest();
  auto committed = TRY(forest.root(ROOT_TREE_OBJECTID));
  Key header_key{FREE_SPACE_OBJECTID, 0, start};
  auto header = TRY(find_item(forest.cache(), committed->pointer(), header_key));
  if (!header) return {};
  if (header->size() < sizeof(FreeSpaceHeader))
    return error(Code::corrupt, "free space header of {} bytes", header->size()).at(start);
  u64 inode = load_struct<FreeSpaceHeader>(*header).location.decode().objectid;
  auto transaction = TRY(writer_.begin());
  Tree& root_tree = *TRY(transaction->tree(ROOT_TREE_OBJECTID));
  Key first{inode, INODE_ITEM_KEY, 0}, last{inode, EXTENT_DATA_KEY, ~u64{0}};
  for (const ItemValue& item :
       TRY(items_in_range(forest.cache(), committed->pointer(), first, last))) {
    if (item.key.type != EXTENT_DATA_KEY || item.data.size() < sizeof(FileExtentItem)) continue;
    auto extent = load_struct<FileExtentItem>(item.data);
    if (extent.type == FILE_EXTENT_INLINE || extent.disk_bytenr == 0) continue;
    transaction->delayed_refs().change(
        extent.disk_bytenr, extent.disk_num_bytes, true,
        Backref::extent_data(ROOT_TREE_OBJECTID, inode, item.key.offset - extent.offset), -1);
  }
  TRY(set_items_in_range(*transaction, root_tree, first, last, {}));
  TRY(remove_item(*transaction, root_tree, header_key));
  return commit(std::move(transaction));
}

}  // namespace canopy
