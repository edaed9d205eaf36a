// The superblocks of a commit: one for all devices, each copy with the device item of its device
// and its own place.
#include <algorithm>
#include <cstring>

#include "commit/chunk_items.h"
#include "commit/filesystem_writer.h"
#include "trace/trace.h"

namespace canopy {
namespace {

// The slot after the one that was written last, as the kernel takes them in turn.
u32 next_backup(const Superblock& super) {
  u32 newest = 0;
  for (u32 i = 1; i < NUM_BACKUP_ROOTS; ++i)
    if (super.super_roots[i].tree_root_gen > super.super_roots[newest].tree_root_gen) newest = i;
  return (newest + 1) % NUM_BACKUP_ROOTS;
}

Result<void> fill_backup(Transaction& transaction, const Superblock& super, RootBackup& backup) {
  std::memset(static_cast<void*>(&backup), 0, sizeof backup);
  auto note = [&](u64 objectid, le64& bytenr, le64& generation, u8& level) -> Result<void> {
    Tree* tree = TRY(transaction.find_tree(objectid));
    if (tree == nullptr) return {};
    bytenr = tree->root.bytenr;
    generation = tree->root.generation;
    level = tree->root.level;
    return {};
  };
  TRY(note(ROOT_TREE_OBJECTID, backup.tree_root, backup.tree_root_gen, backup.tree_root_level));
  TRY(note(CHUNK_TREE_OBJECTID, backup.chunk_root, backup.chunk_root_gen, backup.chunk_root_level));
  TRY(note(EXTENT_TREE_OBJECTID, backup.extent_root, backup.extent_root_gen,
           backup.extent_root_level));
  TRY(note(FS_TREE_OBJECTID, backup.fs_root, backup.fs_root_gen, backup.fs_root_level));
  TRY(note(DEV_TREE_OBJECTID, backup.dev_root, backup.dev_root_gen, backup.dev_root_level));
  TRY(note(CSUM_TREE_OBJECTID, backup.csum_root, backup.csum_root_gen, backup.csum_root_level));
  backup.total_bytes = super.total_bytes;
  backup.bytes_used = super.bytes_used;
  backup.num_devices = super.num_devices;
  return {};
}

// The device item of the chunk tree; nothing if there is none.
Result<std::optional<DevItem>> read_device_item(Transaction& transaction, u64 devid) {
  const Tree& chunk_tree = *TRY(transaction.tree(CHUNK_TREE_OBJECTID));
  auto item = TRY(
      find_item(transaction.cache(), chunk_tree.root, {DEV_ITEMS_OBJECTID, DEV_ITEM_KEY, devid}));
  if (!item || item->size() != sizeof(DevItem)) return std::optional<DevItem>();
  return std::optional(load_struct<DevItem>(*item));
}

}  // namespace

Result<Superblock> FilesystemWriter::build_super(Transaction& transaction) {
  Superblock super = *super_;
  const Tree& root_tree = *TRY(transaction.tree(ROOT_TREE_OBJECTID));
  const Tree& chunk_tree = *TRY(transaction.tree(CHUNK_TREE_OBJECTID));
  if (super.uuid_tree_generation == super.generation)
    super.uuid_tree_generation = transaction.transid();
  super.generation = transaction.transid();
  super.root = root_tree.root.bytenr;
  super.root_level = root_tree.root.level;
  super.chunk_root = chunk_tree.root.bytenr;
  super.chunk_root_generation = chunk_tree.root.generation;
  super.chunk_root_level = chunk_tree.root.level;
  super.bytes_used = groups_.bytes_used();
  std::vector<std::shared_ptr<const ChunkMapping>> chunks;
  for (const auto& [start, group] : groups_.all()) {
    if (group.removed) continue;
    chunks.push_back(group.chunk);
    if (group.chunk->profile->parity > 0)
      super.incompat_flags = super.incompat_flags | FEATURE_INCOMPAT_RAID56;
    if (group.chunk->profile->copies > 2)
      super.incompat_flags = super.incompat_flags | FEATURE_INCOMPAT_RAID1C34;
  }
  std::vector<u8> array = TRY(build_system_chunk_array(chunks, super.sectorsize));
  std::memset(super.sys_chunk_array, 0, sizeof super.sys_chunk_array);
  std::memcpy(super.sys_chunk_array, array.data(), array.size());
  super.sys_chunk_array_size = static_cast<u32>(array.size());
  TRY(fill_backup(transaction, super, super.super_roots[next_backup(*super_)]));
  if (auto item = TRY(read_device_item(transaction, super.dev_item.devid))) super.dev_item = *item;
  return super;
}

Result<void> FilesystemWriter::write_supers(Transaction& transaction, const Superblock& super) {
  TraceSpan span(TraceKind::write_superblocks);
  const ChecksumInfo& checksum = *forest_.cache().format().checksum;
  for (u64 offset : SUPER_OFFSETS) {
    for (const auto& [devid, device] : volume_.devices()) {
      const auto item = TRY(read_device_item(transaction, devid));
      if (!item) continue;
      Superblock copy = super;
      copy.dev_item = *item;
      if (offset + SUPER_INFO_SIZE > copy.dev_item.total_bytes) continue;
      copy.bytenr = offset;
      std::memset(copy.csum, 0, sizeof copy.csum);
      checksum.write(as_bytes(copy).subspan(CSUM_SIZE), copy.csum);
      TRY(device->write(offset, as_bytes(copy)));
    }
  }
  return {};
}

}  // namespace canopy
