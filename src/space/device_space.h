// Which parts of the devices belong to chunks, and where a new chunk could lie: as many devices as
// the profile can use, stripes as long as fit, sizes as the kernel chooses them.
#pragma once

#include <map>

#include "base/range_set.h"
#include "volume/volume.h"

namespace canopy {

class DeviceSpace {
 public:
  struct Entry {
    u64 total_bytes = 0;
    RangeSet used;
    u8 uuid[16] = {};

    u64 bytes_used() const { return used.total_bytes(); }
  };

  // Nothing below 1 MiB of a device belongs to a chunk.
  static constexpr u64 RESERVED = 1u << 20;

  void clear() { devices_.clear(); }
  void add_device(u64 devid, u64 total_bytes, const u8* uuid);
  // A chunk's stripes take their room, or give it back. Devices that are not known are passed over.
  void take(const ChunkMapping& chunk);
  void give_back(const ChunkMapping& chunk);

  const std::map<u64, Entry>& devices() const { return devices_; }
  // Stripes for a chunk of these BLOCK_GROUP_* flags at `logical`, at most `max_length` long (0: as
  // the kernel would make it). Code::no_space if the devices have no room for one.
  Result<ChunkMapping> plan_chunk(u64 flags, u64 logical, u64 max_length) const;

 private:
  struct Hole {
    u64 devid;
    u64 physical;
    u64 length;
    u64 total;  // all that is free on the device
  };
  Hole largest_hole(u64 devid, const Entry& device, u64 wanted) const;

  std::map<u64, Entry> devices_;
};

}  // namespace canopy
