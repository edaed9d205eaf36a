// Finding the superblock of a device: up to three copies, of which the valid one with the highest
// generation counts.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device/device.h"
#include "ondisk/superblock.h"
#include "volume/chunk_map.h"

namespace canopy {

// What was found at one of SUPER_OFFSETS, or in a log.
struct SuperblockMirror {
  u64 offset = 0;
  bool has_magic = false;
  bool valid = false;
  std::string problem;  // why it is not valid; empty if it is
  u64 generation = 0;   // of a valid one
};

struct FoundSuperblock {
  std::shared_ptr<const Superblock> super;
  std::vector<SuperblockMirror> mirrors;  // all that the device is long enough for
  u32 chosen = 0;                         // index into mirrors
};

// Checks one superblock that was read at `offset`: magic, checksum, place, and every field that
// later arithmetic relies on (sizes, levels, array lengths; the kernel's validate_super).
Result<void> check_superblock(const Superblock& super, u64 offset);

// Reads all copies on a device. Code::invalid if none has the magic (not Btrfs), Code::corrupt if
// some have but none is valid; the message names the reasons. `copy`: that one (0, 1 or 2) is
// chosen whatever the others say, Code::corrupt if it is not valid. Where there is none at its
// place the log of a zoned device is looked for (superblock_log.h).
Result<FoundSuperblock> find_superblock(Device& device, std::optional<u32> copy = std::nullopt);

// The superblock as it was when one of its backup roots was written: an earlier commit, of which
// blocks may have been written over since. Code::not_found if that slot is empty.
Result<Superblock> superblock_of_backup(const Superblock& super, u32 slot);

// The SYSTEM chunks that the superblock carries (sys_chunk_array). Code::corrupt if that is no list
// of chunks.
Result<std::vector<ChunkMapping>> system_chunks(const Superblock& super);

}  // namespace canopy
