#include "volume/superblock.h"

#include <bit>
#include <cstring>

#include "checksum/checksum.h"
#include "volume/superblock_log.h"

namespace canopy {

Result<void> check_superblock(const Superblock& super, u64 offset) {
  auto bad = [&](std::string_view why) {
    return error(Code::corrupt, "superblock at {}: {}", offset, why);
  };
  if (super.magic != SUPER_MAGIC) return bad("no Btrfs magic");
  const ChecksumInfo* info = checksum_info(super.csum_type);
  if (info == nullptr) return bad(fmt::format("unknown checksum type {}", super.csum_type.value()));
  if (!checksum_matches(*info, as_bytes(super).subspan(CSUM_SIZE), super.csum))
    return bad("wrong checksum");
  if (super.bytenr != offset) return bad(fmt::format("says it lies at {}", super.bytenr.value()));
  u32 sectorsize = super.sectorsize;
  u32 nodesize = super.nodesize;
  if (!std::has_single_bit(sectorsize) || sectorsize < 4096 || sectorsize > 65536)
    return bad(fmt::format("sector size {}", sectorsize));
  if (!std::has_single_bit(nodesize) || nodesize < sectorsize || nodesize > MAX_NODESIZE)
    return bad(fmt::format("node size {}", nodesize));
  if (super.root_level >= MAX_LEVEL || super.chunk_root_level >= MAX_LEVEL ||
      super.log_root_level >= MAX_LEVEL)
    return bad("level of a root too high");
  if (super.root % sectorsize != 0 || super.chunk_root % sectorsize != 0 ||
      super.log_root % sectorsize != 0)
    return bad("address of a root not in sectors");
  if (super.sys_chunk_array_size > SYSTEM_CHUNK_ARRAY_SIZE ||
      super.sys_chunk_array_size < sizeof(DiskKey) + sizeof(Chunk) + sizeof(Stripe))
    return bad(fmt::format("system chunk array of {} bytes", super.sys_chunk_array_size.value()));
  if (super.generation < super.chunk_root_generation) return bad("older than its chunk tree");
  if (super.num_devices == 0) return bad("no devices");
  return {};
}

namespace {

// A zoned filesystem is made with its first superblock alone.
void leave_out_unwritten(FoundSuperblock& found) {
  while (found.mirrors.size() > found.chosen + 1 && !found.mirrors.back().valid &&
         !found.mirrors.back().has_magic)
    found.mirrors.pop_back();
}

bool is_newer_of_same(const Superblock& super, const Superblock& than) {
  return std::memcmp(super.fsid, than.fsid, sizeof super.fsid) == 0 &&
         super.generation >= than.generation;
}

}  // namespace

Result<FoundSuperblock> find_superblock(Device& device, std::optional<u32> copy) {
  FoundSuperblock found;
  bool any_magic = false;
  for (u64 offset : SUPER_OFFSETS) {
    if (device.size_bytes() < offset + SUPER_INFO_SIZE) break;
    SuperblockMirror& mirror = found.mirrors.emplace_back();
    mirror.offset = offset;
    auto super = std::make_shared<Superblock>();
    auto read =
        device.read(offset, MutableBytes(reinterpret_cast<u8*>(super.get()), sizeof *super));
    if (read.ok()) {
      mirror.has_magic = super->magic == SUPER_MAGIC;
      any_magic |= mirror.has_magic;
      read = check_superblock(*super, offset);
    }
    if (!read.ok()) {
      mirror.problem = read.error().message();
      continue;
    }
    mirror.valid = true;
    mirror.generation = super->generation;
    if (copy && found.mirrors.size() - 1 != *copy) continue;
    if (found.super == nullptr || super->generation > found.super->generation) {
      found.super = super;
      found.chosen = static_cast<u32>(found.mirrors.size() - 1);
    }
  }
  const bool is_zoned =
      found.super != nullptr && (found.super->incompat_flags & FEATURE_INCOMPAT_ZONED) != 0;
  // A block of a log may lie just where others have their superblock.
  if (!copy && (is_zoned || found.super == nullptr)) {
    auto logged = find_logged_superblock(device);
    if (logged && (!is_zoned || is_newer_of_same(*logged->super, *found.super))) {
      found.mirrors = {{logged->offset, true, true, "", logged->super->generation}};
      found.chosen = 0;
      found.super = std::move(logged->super);
    }
  }
  if (is_zoned) leave_out_unwritten(found);
  if (found.super != nullptr) return found;
  if (copy && any_magic)
    return error(Code::corrupt, "{}: copy {} of the superblock cannot be used: {}", device.name(),
                 *copy,
                 *copy < found.mirrors.size() ? found.mirrors[*copy].problem
                                              : std::string("the device ends before it"));
  if (found.mirrors.empty())
    return error(Code::invalid, "{} has {} bytes, too few for a Btrfs filesystem", device.name(),
                 device.size_bytes());
  if (!any_magic)
    return error(Code::invalid, "{} is not a Btrfs image: no superblock at 65536", device.name());
  std::string reasons;
  for (const SuperblockMirror& mirror : found.mirrors)
    reasons += (reasons.empty() ? "" : "; ") + mirror.problem;
  return error(Code::corrupt, "{}: no superblock is valid: {}", device.name(), reasons);
}

Result<Superblock> superblock_of_backup(const Superblock& super, u32 slot) {
  if (slot >= NUM_BACKUP_ROOTS)
    return error(Code::invalid, "backup roots are numbered from 0 to {}", NUM_BACKUP_ROOTS - 1);
  const RootBackup& backup = super.super_roots[slot];
  if (backup.tree_root == 0 || backup.chunk_root == 0)
    return error(Code::not_found, "backup root {} is empty", slot);
  if (backup.tree_root_level >= MAX_LEVEL || backup.chunk_root_level >= MAX_LEVEL ||
      backup.tree_root % super.sectorsize != 0 || backup.chunk_root % super.sectorsize != 0)
    return error(Code::corrupt, "backup root {} cannot be", slot);
  Superblock as_it_was = super;
  as_it_was.generation = backup.tree_root_gen;
  as_it_was.root = backup.tree_root;
  as_it_was.root_level = backup.tree_root_level;
  as_it_was.chunk_root = backup.chunk_root;
  as_it_was.chunk_root_generation = backup.chunk_root_gen;
  as_it_was.chunk_root_level = backup.chunk_root_level;
  as_it_was.total_bytes = backup.total_bytes;
  as_it_was.bytes_used = backup.bytes_used;
  as_it_was.num_devices = backup.num_devices;
  as_it_was.log_root = 0;
  return as_it_was;
}

Result<std::vector<ChunkMapping>> system_chunks(const Superblock& super) {
  std::vector<ChunkMapping> chunks;
  Bytes rest(super.sys_chunk_array, super.sys_chunk_array_size);
  auto bad = [](std::string_view why) {
    return error(Code::corrupt, "system chunk array of the superblock: {}", why);
  };
  while (!rest.empty()) {
    if (rest.size() < sizeof(DiskKey) + sizeof(Chunk)) return bad("ends within an entry");
    const Key key = load_struct<DiskKey>(rest).decode();
    const auto chunk = load_struct<Chunk>(rest, sizeof(DiskKey));
    const std::size_t size = sizeof(Chunk) + std::size_t{chunk.num_stripes} * sizeof(Stripe);
    if (key.type != CHUNK_ITEM_KEY) return bad("holds another item than a chunk");
    if (rest.size() - sizeof(DiskKey) < size) return bad("ends within a chunk");
    chunks.push_back(
        TRY(parse_chunk(key.offset, rest.subspan(sizeof(DiskKey), size), super.sectorsize)));
    rest = rest.subspan(sizeof(DiskKey) + size);
  }
  return chunks;
}

}  // namespace canopy
