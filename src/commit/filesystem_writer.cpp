#include "commit/filesystem_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "commit/chunk_items.h"
#include "commit/free_space_items.h"
#include "concurrency/point.h"
#include "ondisk/quota.h"
#include "trace/trace.h"
#include "volume/superblock.h"

namespace canopy {

// Features that only say what is in the filesystem, not how it is written.
constexpr u64 WRITABLE_INCOMPAT =
    FEATURE_INCOMPAT_MIXED_BACKREF | FEATURE_INCOMPAT_DEFAULT_SUBVOL |
    FEATURE_INCOMPAT_MIXED_GROUPS | FEATURE_INCOMPAT_COMPRESS_LZO | FEATURE_INCOMPAT_COMPRESS_ZSTD |
    FEATURE_INCOMPAT_BIG_METADATA | FEATURE_INCOMPAT_EXTENDED_IREF | FEATURE_INCOMPAT_RAID56 |
    FEATURE_INCOMPAT_SKINNY_METADATA | FEATURE_INCOMPAT_NO_HOLES | FEATURE_INCOMPAT_METADATA_UUID |
    FEATURE_INCOMPAT_RAID1C34 | FEATURE_INCOMPAT_SIMPLE_QUOTA;
constexpr u64 WRITABLE_COMPAT_RO = FEATURE_COMPAT_RO_FREE_SPACE_TREE |
                                   FEATURE_COMPAT_RO_FREE_SPACE_TREE_VALID |
                                   FEATURE_COMPAT_RO_VERITY | FEATURE_COMPAT_RO_BLOCK_GROUP_TREE;
constexpr u64 SUPER_FLAG_KNOWN = (u64{1} << 0) | (u64{1} << 1);  // WRITTEN, RELOC

FilesystemWriter::FilesystemWriter(Volume& volume, CommittedForest& forest,
                                   std::shared_ptr<const Superblock> super, OnCommit on_commit)
    : volume_(volume),
      forest_(forest),
      super_(std::move(super)),
      on_commit_(std::move(on_commit)),
      groups_(volume, forest.cache(), {super_->nodesize, super_->sectorsize}) {}

Result<std::unique_ptr<FilesystemWriter>> FilesystemWriter::attach(
    Volume& volume, CommittedForest& forest, std::shared_ptr<const Superblock> super,
    OnCommit on_commit) {
  std::unique_ptr<FilesystemWriter> writer(
      new FilesystemWriter(volume, forest, std::move(super), std::move(on_commit)));
  TRY(writer->check_writable());
  SharedSemaphore& semaphore = forest.commit_root_semaphore();
  semaphore.lock();
  if (!forest.cache().writer_attached()) forest.cache().attach_writer();
  semaphore.unlock();
  semaphore.measure();
  TRY(writer->load());
  return writer;
}

Result<void> FilesystemWriter::check_writable() {
  const Superblock& super = *super_;
  auto refuse = [](std::string why) {
    return error(Code::unsupported, "the image cannot be changed: {}", why);
  };
  if (!volume_.has_data()) return refuse("a dump of btrfs-image has no data");
  if (forest_.cache().losses() != nullptr) return refuse("it was opened for rescue");
  if (super.log_root != 0)
    return refuse("it has a log tree, which a mount would replay first").as_errno("EUCLEAN");
  if (u64 other = super.incompat_flags & ~WRITABLE_INCOMPAT)
    return refuse(fmt::format("features {:#x} are not known to the writer", other));
  if (u64 other = super.compat_ro_flags & ~WRITABLE_COMPAT_RO)
    return refuse(fmt::format("read-only compatible features {:#x} are not known", other));
  u64 fst = super.compat_ro_flags &
            (FEATURE_COMPAT_RO_FREE_SPACE_TREE | FEATURE_COMPAT_RO_FREE_SPACE_TREE_VALID);
  if (fst == FEATURE_COMPAT_RO_FREE_SPACE_TREE)
    return refuse("its free space tree is not valid; a mount rebuilds it first");
  if ((super.flags & SUPER_FLAG_SEEDING) != 0) return refuse("it is a seed");
  if ((super.flags & ~SUPER_FLAG_KNOWN) != 0)
    return refuse(fmt::format("superblock flags {:#x}", super.flags.value()));
  return {};
}

ExtentFormat FilesystemWriter::extent_format() const {
  return {super_->nodesize, (super_->incompat_flags & FEATURE_INCOMPAT_SKINNY_METADATA) != 0};
}

CsumFormat FilesystemWriter::csum_format() const {
  return {super_->sectorsize, forest_.cache().format().checksum->size, super_->nodesize};
}

Result<void> FilesystemWriter::load() {
  BlockCache& cache = forest_.cache();
  auto extent_root = TRY(forest_.root(EXTENT_TREE_OBJECTID));
  auto chunk_root = TRY(forest_.root(CHUNK_TREE_OBJECTID));
  if (extent_root == nullptr) return error(Code::corrupt, "there is no extent tree");
  bool own_tree = (super_->compat_ro_flags & FEATURE_COMPAT_RO_BLOCK_GROUP_TREE) != 0;
  auto group_root = own_tree ? TRY(forest_.root(BLOCK_GROUP_TREE_OBJECTID)) : extent_root;
  if (group_root == nullptr) return error(Code::corrupt, "there is no block group tree");
  groups_.set_extent_tree(extent_root->pointer());
  TRY(groups_.read_items(group_root->pointer()));
  devices_.clear();
  Key last{DEV_ITEMS_OBJECTID, DEV_ITEM_KEY, ~u64{0}};
  for (const ItemValue& item : TRY(items_in_range(cache, chunk_root->pointer(), Key{}, last))) {
    if (item.key.type != DEV_ITEM_KEY || item.data.size() != sizeof(DevItem)) continue;
    auto device = load_struct<DevItem>(item.data);
    Device* file = volume_.device(device.devid);
    if (file == nullptr)
      return error(Code::unsupported,
                   "the image cannot be changed: device {} of the filesystem is missing",
                   device.devid.value());
    if (device.total_bytes > file->size_bytes())
      return error(Code::corrupt, "device {} should have {} bytes, {} has {}", device.devid.value(),
                   device.total_bytes.value(), file->name(), file->size_bytes());
    devices_.add_device(device.devid, device.total_bytes, device.uuid);
  }
  for (const auto& chunk : volume_.chunks().all()) {
    devices_.take(*chunk);
    next_logical_ = std::max(next_logical_, chunk->end());
  }
  stale_ = false;
  return {};
}

Result<void> FilesystemWriter::take_turn() {
  turn_.lock();
  if (run_has_collapsed()) return error(Code::cancelled, "the run has collapsed");
  return {};
}

Result<void> FilesystemWriter::recover() {
  if (in_doubt_)
    return error(Code::io,
                 "writing superblocks failed before: the image cannot be changed any more until it "
                 "is opened again")
        .as_errno("EROFS");
  if (!stale_) return {};
  for (u64 logical : new_chunks_)
    volume_.chunks().remove(logical);
  new_chunks_.clear();
  return load();
}

Result<std::unique_ptr<Transaction>> FilesystemWriter::begin() {
  TRY(recover());
  new_chunks_.clear();
  removed_chunks_.clear();
  stale_ = true;
  return std::make_unique<Transaction>(forest_.cache(), forest_, groups_);
}

Result<BlockGroup*> FilesystemWriter::allocate_chunk(Transaction& transaction, u64 flags,
                                                     u64 max_length) {
  u64 logical = next_logical_;
  ChunkMapping planned = TRY(devices_.plan_chunk(flags, logical, max_length));
  TRY(volume_.chunks().insert(planned));
  next_logical_ = planned.end();
  new_chunks_.push_back(logical);
  devices_.take(planned);
  BlockGroup& group = groups_.add(volume_.chunks().find(logical));
  TRY(insert_chunk_items(transaction, planned, super_->sectorsize));
  TRY(write_device_items(transaction, devices_));
  return &group;
}

Result<void> FilesystemWriter::remove_chunk(Transaction& transaction, u64 logical) {
  BlockGroup* group = groups_.find(logical);
  CHECK(group != nullptr && group->start() == logical && !group->removed);
  if (group->used != 0)
    return error(Code::invalid, "block group is not empty: {} bytes used", group->used).at(logical);
  group->read_only = group->removed = true;
  group->used_changed = group->free_changed = false;
  bool own_tree = (super_->compat_ro_flags & FEATURE_COMPAT_RO_BLOCK_GROUP_TREE) != 0;
  Tree& group_tree =
      *TRY(transaction.tree(own_tree ? BLOCK_GROUP_TREE_OBJECTID : EXTENT_TREE_OBJECTID));
  if (group->has_item)
    TRY(remove_item(transaction, group_tree, {logical, BLOCK_GROUP_ITEM_KEY, group->length()}));
  if (Tree* free_space = TRY(transaction.find_tree(FREE_SPACE_TREE_OBJECTID)))
    TRY(erase_free_space(transaction, *free_space, *group));
  TRY(remove_chunk_items(transaction, *group->chunk));
  // Other chunks of this transaction stay away from the stripes: the room is given back when the
  // commit is durable.
  removed_chunks_.push_back(group->chunk);
  DeviceSpace after = devices_;
  for (const auto& chunk : removed_chunks_)
    after.give_back(*chunk);
  return write_device_items(transaction, after);
}

Result<void> FilesystemWriter::write_quota_status(Transaction& transaction) {
  Tree* tree = TRY(transaction.find_tree(QUOTA_TREE_OBJECTID));
  if (tree == nullptr) return {};
  Key key{0, QGROUP_STATUS_KEY, 0};
  auto data = TRY(find_item(transaction.cache(), tree->root, key));
  if (!data || data->size() < QGROUP_STATUS_ITEM_V1_SIZE) return {};
  store_le<u64>(data->data() + offsetof(QgroupStatusItem, generation), transaction.transid());
  return replace_item(transaction, *tree, key, *data);
}

Result<bool> FilesystemWriter::write_block_groups(Transaction& transaction) {
  bool own_tree = (super_->compat_ro_flags & FEATURE_COMPAT_RO_BLOCK_GROUP_TREE) != 0;
  Tree& group_tree =
      *TRY(transaction.tree(own_tree ? BLOCK_GROUP_TREE_OBJECTID : EXTENT_TREE_OBJECTID));
  Tree* free_space = TRY(transaction.find_tree(FREE_SPACE_TREE_OBJECTID));
  bool changed = false;
  for (auto& [start, group] : groups_.all()) {
    if (group.removed) continue;
    if (group.used_changed) {
      group.used_changed = false;
      changed = true;
      Key key{start, BLOCK_GROUP_ITEM_KEY, group.length()};
      BlockGroupItem item{group.used, FIRST_CHUNK_TREE_OBJECTID, group.flags()};
      if (group.has_item) {
        TRY(replace_item(transaction, group_tree, key, as_bytes(item)));
      } else {
        TRY(insert_item(transaction, group_tree, key, as_bytes(item)));
        group.has_item = true;
      }
    }
    if (group.free_changed) {
      group.free_changed = false;
      changed = true;
      if (free_space != nullptr)
        TRY(write_free_space(transaction, *free_space, group, super_->sectorsize));
    }
  }
  return changed;
}

Result<bool> FilesystemWriter::write_root_items(Transaction& transaction) {
  Tree& root_tree = *TRY(transaction.tree(ROOT_TREE_OBJECTID));
  bool changed = false;
  for (auto& [objectid, tree] : transaction.trees()) {
    if (!tree.changed || objectid == ROOT_TREE_OBJECTID || objectid == CHUNK_TREE_OBJECTID)
      continue;
    tree.changed = false;
    changed = true;
    Key key{objectid, ROOT_ITEM_KEY, 0};
    auto data = TRY(find_item(transaction.cache(), root_tree.root, key));
    if (!data || data->size() < ROOT_ITEM_V0_SIZE)
      return error(Code::corrupt, "root item of tree {} is missing or too short",
                   objectid_name(objectid));
    store_le<u64>(data->data() + offsetof(RootItem, bytenr), tree.root.bytenr);
    store_le<u64>(data->data() + offsetof(RootItem, generation), tree.root.generation);
    (*data)[offsetof(RootItem, level)] = tree.root.level;
    if (data->size() >= sizeof(RootItem))
      store_le<u64>(data->data() + offsetof(RootItem, generation_v2), tree.root.generation);
    TRY(replace_item(transaction, root_tree, key, *data));
  }
  return changed;
}

Result<void> FilesystemWriter::settle(Transaction& transaction) {
  TraceSpan span(TraceKind::settle);
  // Readers expect the superblock's generation in the root block of the root tree, also where
  // nothing else has changed.
  Tree& root_tree = *TRY(transaction.tree(ROOT_TREE_OBJECTID));
  CowPath path;
  TRY(search_cow(transaction, root_tree, Key{}, path, root_tree.root.level));
  // Every round changes fewer blocks; the bound is for images that make that untrue.
  constexpr u32 max_rounds = 200;
  for (u32 round = 0; round < max_rounds; ++round) {
    TRY(run_delayed_refs(transaction, extent_format(), csum_format()));
    bool changed = TRY(write_block_groups(transaction));
    changed |= TRY(write_root_items(transaction));
    if (!changed && transaction.delayed_refs().empty()) return {};
  }
  return error(Code::corrupt, "the transaction does not come to rest");
}

Result<void> FilesystemWriter::write_tree_blocks(Transaction& transaction) {
  TraceSpan span(TraceKind::write_blocks, transaction.dirty_blocks().size());
  const BlockCache::Format& format = forest_.cache().format();
  for (const auto& [logical, buffer] : transaction.dirty_blocks()) {
    MutableBytes bytes = buffer->mutable_bytes();
    u8* flags = bytes.data() + offsetof(Header, flags);
    store_le<u64>(flags, load_le<u64>(flags) | HEADER_FLAG_WRITTEN);
    std::memset(bytes.data(), 0, CSUM_SIZE);
    format.checksum->write(bytes.subspan(CSUM_SIZE), bytes.data());
    TRY(volume_.write(logical, bytes));
  }
  return {};
}

Result<void> FilesystemWriter::flush() {
  for (const auto& [devid, device] : volume_.devices())
    TRY(device->flush());
  return {};
}

// Zeros where chunks map the range.
Result<void> FilesystemWriter::wipe(u64 start, u64 end) {
  static constexpr std::array<u8, 64 * 1024> zeros{};
  while (start < end) {
    auto chunk = volume_.chunks().find(start);
    if (chunk == nullptr) return {};
    const u64 length = std::min({end - start, chunk->end() - start, u64{zeros.size()}});
    TRY(volume_.write(start, Bytes(zeros).first(to_size(length))));
    start += length;
  }
  return {};
}

namespace {

// A trace keeps the last events only: of what a transaction does so often, a part says where.
constexpr std::size_t most_noted = 512;

// `of` makes the two numbers of each entry.
template <typename Entries, typename Of>
void note_some(TraceKind kind, const Entries& entries, Of of) {
  if (current_trace_buffer == nullptr) return;
  const std::size_t stride = entries.size() / most_noted + 1;
  std::size_t at = 0;
  for (const auto& entry : entries) {
    if (at++ % stride != 0) continue;
    const auto [first, second] = of(entry);
    trace_note(kind, first, second);
  }
}

}  // namespace

Result<void> FilesystemWriter::commit(std::unique_ptr<Transaction> transaction,
                                      const CommitOptions& options) {
  TraceSpan span(TraceKind::commit, transaction->transid());
  yield_point(Point::commit_start);
  TRY(write_quota_status(*transaction));
  TRY(settle(*transaction));
  auto super = std::make_shared<const Superblock>(TRY(build_super(*transaction)));
  TRY(write_tree_blocks(*transaction));
  yield_point(Point::commit_blocks_written);
  TRY(flush());
  in_doubt_ = true;
  TRY(write_supers(*transaction, *super));
  TRY(flush());
  transaction->forget_dirty_blocks();
  if (!forest_.protections().has(Protection::pinning))
    for (const auto& [start, end] : groups_.pinned().runs())
      TRY(wipe(start, end));
  note_some(TraceKind::pinned, groups_.pinned().runs(),
            [](const auto& run) { return std::pair(run.first, run.second - run.first); });
  yield_point(Point::commit_before_switch);
  const u64 transid = transaction->transid();
  const u64 pinned = groups_.pinned().total_bytes();
  const bool locked = forest_.protections().has(Protection::semaphore);
  SharedSemaphore& semaphore = forest_.commit_root_semaphore();
  if (locked) semaphore.lock();
  auto switched = switch_roots(std::move(super), options);
  if (locked) semaphore.unlock();
  TRY(std::move(switched));
  note_some(TraceKind::extent_moved, options.moves, [](const auto& move) { return move; });
  if (is_controlled()) {
    note_fact(Fact::committed, super_->generation);
    note_fact(Fact::pinned, pinned);
    for (const auto& [from, to] : options.moves)
      note_fact(Fact::moved, from);
  }
  yield_point(Point::commit_roots_switched);
  const auto freed = groups_.unpin();
  in_doubt_ = stale_ = false;
  note_fact(Fact::released, pinned);
  trace_note(TraceKind::released, transid, pinned);
  yield_point(Point::commit_unpinned);
  if (!wipe_ && !discard_) return {};
  TraceSpan discarding(TraceKind::discard, freed.size());
  if (wipe_)
    for (const auto& [start, length] : freed)
      TRY(wipe(start, start + length));
  return discard_ ? discard(freed) : Result<void>();
}

// Devices keep track of more than an extent: they are told of all free space around what was freed.
Result<void> FilesystemWriter::discard(const std::vector<std::pair<u64, u64>>& freed) {
  u64 done = 0;
  for (const auto& [start, length] : freed) {
    // Of a group that was not looked into only this is known.
    const bool known = groups_.find(start)->loaded;
    const auto [from, to] = known ? groups_.free_run_at(start) : std::pair(start, start + length);
    if (known && to <= done) continue;
    TRY(volume_.discard(from, to - from));
    done = to;
  }
  for (const auto& chunk : removed_chunks_)
    TRY(volume_.discard_chunk(*chunk));
  return {};
}

Result<void> FilesystemWriter::switch_roots(std::shared_ptr<const Superblock> super,
                                            const CommitOptions& options) {
  TraceSpan span(TraceKind::switch_roots, super->generation);
  TRY(forest_.switch_roots(*super, options.relocating, options.moves, options.created));
  super_ = super;
  for (const auto& chunk : removed_chunks_) {
    volume_.chunks().remove(chunk->logical);
    devices_.give_back(*chunk);
    groups_.remove(chunk->logical);
  }
  auto extent_root = TRY(forest_.root(EXTENT_TREE_OBJECTID));
  groups_.set_extent_tree(extent_root->pointer());
  on_commit_(std::move(super));
  return {};
}

}  // namespace canopy
