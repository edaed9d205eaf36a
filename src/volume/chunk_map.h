// The chunk map: which logical address lies where on which device. A chunk is a run of logical
// addresses, striped over devices by its profile.
//
// Entries are immutable and shared: a reader keeps the one it found while a commit takes a removed
// chunk out of the map.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "base/result.h"
#include "ondisk/chunk.h"
#include "volume/profile.h"

namespace canopy {

struct ChunkStripe {
  u64 devid = 0;
  u64 physical = 0;
  u8 dev_uuid[16] = {};
};

struct ChunkMapping {
  u64 logical = 0;
  u64 length = 0;
  u64 type = 0;  // BLOCK_GROUP_* flags
  u32 sub_stripes = 0;
  const Profile* profile = nullptr;
  std::vector<ChunkStripe> stripes;

  u64 end() const { return logical + length; }
  // Stripes that hold data that differs from each other's: 1 for single, DUP and RAID1*.
  u32 data_stripes() const;
  // The length of the dev extent of each stripe.
  u64 stripe_length() const { return length / data_stripes(); }
  // In how many ways a byte can be read: its copies, or of RAID5/6 the byte and its rebuilds
  // (volume.h).
  u32 num_mirrors() const;
};

// Parses and checks a CHUNK_ITEM (its key's offset is `logical`). Code::corrupt where the kernel's
// btrfs_check_chunk_valid refuses it.
Result<ChunkMapping> parse_chunk(u64 logical, Bytes item, u32 sectorsize);

class ChunkMap {
 public:
  // Code::corrupt when it overlaps another chunk; an equal one is accepted (the SYSTEM chunks come
  // once from the superblock and once from the chunk tree).
  Result<void> insert(ChunkMapping chunk);
  // The chunk at `logical` stops mapping.
  void remove(u64 logical);
  // The chunk that maps `logical`; nullptr if none does.
  std::shared_ptr<const ChunkMapping> find(u64 logical) const;
  // All of them, in logical order.
  std::vector<std::shared_ptr<const ChunkMapping>> all() const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<u64, std::shared_ptr<const ChunkMapping>> by_logical_;
};

}  // namespace canopy
