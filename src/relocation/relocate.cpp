#include "relocation/relocate.h"

#include <algorithm>

#include "concurrency/point.h"
#include "ondisk/file_extent.h"
#include "ondisk/free_space.h"
#include "trace/trace.h"

namespace canopy {
namespace {

// The level of a tree block, -1 for data. What is too short is found out when the extent is read.
int level_of_extent(const Key& key, Bytes item) {
  if (key.type == METADATA_ITEM_KEY) return static_cast<int>(key.offset % MAX_LEVEL);
  if (item.size() < sizeof(ExtentItem) + sizeof(TreeBlockInfo)) return -1;
  if ((load_struct<ExtentItem>(item).flags & EXTENT_FLAG_TREE_BLOCK) == 0) return -1;
  return load_struct<TreeBlockInfo>(item, sizeof(ExtentItem)).level % MAX_LEVEL;
}

}  // namespace

Relocation::Relocation(FilesystemWriter& writer, RelocationOptions options,
                       RelocationControl& control, std::set<u64> groups)
    : writer_(writer), options_(options), control_(control), leaving_(std::move(groups)) {
  writer_.take_freed_blocks();  // of before
  options_.batch_blocks = std::min(options_.batch_blocks,
                                   RelocationOptions::MOST_BLOCK_BYTES / writer.super().nodesize);
  BlockGroups& all = writer_.groups();
  all.set_target_profile(BLOCK_GROUP_DATA, options_.data_profile);
  all.set_target_profile(BLOCK_GROUP_METADATA, options_.metadata_profile);
  all.set_target_profile(BLOCK_GROUP_SYSTEM, options_.system_profile);
}

Relocation::~Relocation() {
  BlockGroups& groups = writer_.groups();
  for (u64 type : {BLOCK_GROUP_DATA, BLOCK_GROUP_METADATA, BLOCK_GROUP_SYSTEM})
    groups.set_target_profile(type, std::nullopt);
  groups.release_held();
  const std::set<u64> closed = groups.closed();
  for (u64 start : closed)
    groups.open(start);
}

void Relocation::close_groups(const std::vector<u64>& starts) {
  for (u64 start : starts)
    writer_.groups().close(start);
}

Result<void> Relocation::check_possible() {
  CommittedForest& forest = writer_.forest();
  auto root_tree = TRY(forest.root(ROOT_TREE_OBJECTID));
  Path path;
  bool more = TRY(search_at_or_after(forest.cache(), root_tree->pointer(), Key{}, path));
  for (; more; more = TRY(next_item(forest.cache(), ROOT_TREE_OBJECTID, path))) {
    Key key = path.key();
    if (key.type != ROOT_ITEM_KEY) continue;
    if (key.objectid == TREE_RELOC_OBJECTID)
      return error(Code::unsupported,
                   "a relocation by the kernel was interrupted; a mount finishes it first");
    // Of such a tree some blocks are gone to which nodes still point.
    RootItem item = TRY(parse_root_item(path.item(), key.objectid));
    if (is_subvolume_id(key.objectid) && item.refs == 0 && item.drop_progress.decode() != Key{})
      return error(Code::unsupported,
                   "the deletion of subvolume {} was interrupted; a mount finishes it first",
                   key.objectid);
  }
  return {};
}

Result<void> Relocation::relocate_group(u64 start) {
  TraceSpan span(TraceKind::relocate_group, start);
  TRY(writer_.recover());
  BlockGroup* group = writer_.groups().find(start);
  if (group == nullptr || group->start() != start)
    return error(Code::not_found, "there is no block group").at(start);
  RelocationProgress& progress = control_.progress;
  progress.current_group = start;
  progress.group_bytes_left = group->used;
  auto result = run_batches(start);
  progress.current_group = 0;
  writer_.groups().open(start);
  return result;
}

Result<void> Relocation::pass_turn() {
  writer_.turn().unlock();
  yield_point(Point::relocation_next_batch);
  auto go_on = control_.between_batches();
  TRY(writer_.take_turn());
  order_.gone(writer_.take_freed_blocks());
  return go_on;
}

Result<void> Relocation::run_batches(u64 start) {
  TRY(pass_turn());
  TRY(retry_with_room(std::nullopt, [&] { return remove_free_space_cache(start); }));
  TRY(retry_with_room(std::nullopt, [&] { return keep_data_profile(start); }));
  writer_.groups().close(start);
  Work work;
  work.group = start;
  BlockGroup& group = *writer_.groups().find(start);
  auto extent_tree = TRY(writer_.forest().root(EXTENT_TREE_OBJECTID));
  TRY(writer_.groups().load(group, extent_tree->pointer()));
  work.extents = TRY(list_extents(group));
  work.rising.blocks.insert(work.extents.begin(), work.extents.end());
  work.rising.next = next_address_;
  while (!TRY(run_batch(work))) {
    control_.progress.group_bytes_left = writer_.groups().find(start)->used;
    TRY(pass_turn());
  }
  next_address_ = work.rising.next;
  return {};
}

// The addresses of what is to be moved out of a group: data as it lies, then tree blocks, leaves
// first, in the order of their homes. Leaves that have their home in the group and lie elsewhere
// are among them: their turn is now.
Result<std::vector<u64>> Relocation::list_extents(const BlockGroup& group) {
  CommittedForest& forest = writer_.forest();
  auto tree = TRY(forest.root(EXTENT_TREE_OBJECTID));
  struct Place {
    int level;  // -1: data
    u64 home;
    u64 bytenr;
  };
  std::vector<Place> places;
  Path path;
  Key first{group.start(), 0, 0};
  bool more = TRY(search_at_or_after(forest.cache(), tree->pointer(), first, path));
  for (; more; more = TRY(next_item(forest.cache(), tree->objectid(), path))) {
    Key key = path.key();
    if (key.objectid >= group.end()) break;
    if (key.type != EXTENT_ITEM_KEY && key.type != METADATA_ITEM_KEY) continue;
    places.push_back(
        {level_of_extent(key, path.item()), order_.home_of(key.objectid), key.objectid});
  }
  if ((group.flags() & BLOCK_GROUP_METADATA) != 0)
    for (u64 bytenr : order_.away(0, group.start(), group.end() - 1))
      if (group.end() <= bytenr || bytenr < group.start())
        places.push_back({0, order_.home_of(bytenr), bytenr});
  std::ranges::sort(places, [](const Place& a, const Place& b) {
    return a.level != b.level ? a.level < b.level : a.home < b.home;
  });
  std::vector<u64> extents;
  for (const Place& place : places)
    extents.push_back(place.bytenr);
  return extents;
}

// Tries what ran out of room again, with more room, as long as there may be more.
Result<void> Relocation::retry_with_room(std::optional<u64> current,
                                         const std::function<Result<void>()>& attempt) {
  for (;;) {
    auto done = attempt();
    if (done.ok() || done.error().code() != Code::no_space) return done;
    // The transaction was dropped.
    TRY(writer_.recover());
    if (!make_room(current)) return done;
  }
}

// One transaction; true if all is done.
Result<bool> Relocation::run_batch(Work& work) {
  const std::size_t next = work.next;
  const u64 address = work.rising.next;
  bool finished = false;
  TRY(retry_with_room(work.group, [&]() -> Result<void> {
    work.next = next;
    work.rising.next = address;
    finished = TRY(try_batch(work));
    return {};
  }));
  return finished;
}

bool Relocation::make_room(std::optional<u64> current) {
  BlockGroups& groups = writer_.groups();
  std::set<u64> closed = groups.closed();
  if (current) closed.erase(*current);
  for (u64 start : closed)
    groups.open(start);
  if (!closed.empty()) return true;
  bool held = groups.has_held();
  groups.release_held();
  return held;
}

// An extent of the list may be gone by its turn: a parent of what was moved, or a block that was
// copied on the way.
Result<Closure> Relocation::next_closure(Work& work) {
  CommittedForest& forest = writer_.forest();
  auto extent_tree = TRY(forest.root(EXTENT_TREE_OBJECTID));
  BlockGroup* group = nullptr;
  if (work.group) {
    group = writer_.groups().find(*work.group);
    TRY(writer_.groups().load(*group, extent_tree->pointer()));
  }
  Closure closure(forest, extent_tree->pointer());
  u64 data_bytes = 0;
  for (; work.next < work.extents.size(); ++work.next) {
    if (closure.blocks().size() + closure.cow_blocks().size() >= options_.batch_blocks ||
        data_bytes >= options_.batch_data_bytes)
      break;
    u64 bytenr = work.extents[work.next];
    bool inside = group != nullptr && group->start() <= bytenr && bytenr < group->end();
    bool there = inside ? !group->free.intersects(bytenr, 1) : order_.is_away(bytenr);
    if (!there || closure.blocks().contains(bytenr)) continue;
    ExtentRecord record = TRY(read_extent(forest.cache(), extent_tree->pointer(), bytenr));
    TRY(closure.add(record));
    if (!record.is_tree_block()) data_bytes += record.num_bytes;
  }
  return closure;
}

Result<bool> Relocation::try_batch(Work& work) {
  TraceSpan span(TraceKind::move_extents, work.group.value_or(0));
  TRY(writer_.recover());
  Closure closure = TRY(next_closure(work));
  const bool done = work.next == work.extents.size();
  RenameTargets targets = targets_for(work.group ? writer_.groups().find(*work.group)->flags() : 0);
  targets.make_block_chunks = work.group.has_value();
  auto transaction = TRY(writer_.begin());
  TRY(reserve_blocks(*transaction, targets, closure));
  Rename rename(writer_, *transaction, closure, order_, work.rising);
  RenameCounts counts = TRY(rename.run(targets));
  span.set(work.group.value_or(0), counts.data_extents + counts.tree_blocks);
  if (done && work.group) {
    // What the group still has are blocks whose removal is queued.
    u64 used = writer_.groups().find(*work.group)->used;
    if (used != 0)
      return error(Code::corrupt, "{} bytes are left in the block group", used).at(*work.group);
    TraceSpan removing(TraceKind::remove_group, *work.group);
    TRY(writer_.remove_chunk(*transaction, *work.group));
  }
  TRY(commit(std::move(transaction), rename.moves()));
  rename.committed();
  control_.progress.data_bytes_moved += counts.data_bytes;
  control_.progress.extents_moved += counts.data_extents + counts.tree_blocks;
  return done;
}

Result<void> Relocation::commit(std::unique_ptr<Transaction> transaction,
                                std::map<u64, u64> moves) {
  yield_point(Point::relocation_blocks_copied);
  CommitOptions options;
  options.relocating = true;
  options.moves = std::move(moves);
  TRY(writer_.commit(std::move(transaction), options));
  control_.progress.commits += 1;
  return {};
}

// A transaction that changes a few blocks.
Result<std::unique_ptr<Transaction>> Relocation::begin_small() {
  auto transaction = TRY(writer_.begin());
  auto extent_tree = TRY(writer_.forest().root(EXTENT_TREE_OBJECTID));
  TRY(reserve_blocks(*transaction, targets_for(0),
                     Closure(writer_.forest(), extent_tree->pointer())));
  return transaction;
}

// Makes chunks before they are needed: copying blocks of the filesystem's own trees cannot stop in
// the middle to make one.
Result<void> Relocation::reserve_blocks(Transaction& transaction, const RenameTargets& targets,
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
  if (blocks_missing && !targets.make_block_chunks)
    return error(Code::no_space, "no room for {} tree blocks", need).as_errno("ENOSPC");
  if (system_missing)
    TRY(writer_.allocate_chunk(transaction, usual_metadata_chunk(BLOCK_GROUP_SYSTEM)));
  if (blocks_missing) {
    // The estimate is generous: where no chunk can be made, there may still be room enough.
    auto made = writer_.allocate_chunk(transaction, targets.block_chunk);
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

RenameTargets Relocation::targets_for(u64 flags) const {
  u64 profile = flags & BLOCK_GROUP_PROFILE_MASK;
  u64 type = flags & BLOCK_GROUP_TYPE_MASK;
  u64 nodesize = writer_.super().nodesize;
  RenameTargets targets;
  u64 data_profile = options_.data_profile.value_or(profile);
  targets.leaving = &leaving_;
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
Result<void> Relocation::keep_data_profile(u64 start) {
  TRY(writer_.recover());
  const BlockGroup& group = *writer_.groups().find(start);
  if ((group.flags() & BLOCK_GROUP_DATA) == 0) return {};
  for (const auto& [logical, other] : writer_.groups().all())
    if ((other.flags() & BLOCK_GROUP_DATA) != 0 && other.used > 0) return {};
  u64 flags = targets_for(group.flags()).data_chunk;
  auto transaction = TRY(begin_small());
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
  auto transaction = TRY(begin_small());
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
