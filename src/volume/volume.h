// A Volume: the devices of one filesystem behind one space of logical addresses. It reads a range
// of logical addresses from a chosen mirror; whether the bytes are right is for whoever knows
// their checksum to say, who then asks for the next mirror.
//
// The mirrors of a parity profile are numbered as the kernel does: 1 is the data itself, 2 what the
// rest of the row and P make of it; of RAID6, 3 is made without P, and each further one without
// another of the data columns. A column on a device that is missing or cannot be read counts as
// lost in each of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "device/device.h"
#include "volume/chunk_map.h"

namespace canopy {

// A run of bytes on one device.
struct PhysicalRange {
  u64 devid = 0;
  Device* device = nullptr;  // nullptr where the device is missing
  u64 physical = 0;
  u64 length = 0;
};

// Where one byte of a chunk lies on a mirror, and how far it goes on from there.
struct StripePlace {
  u32 stripe = 0;  // index into ChunkMapping::stripes
  u64 physical = 0;
  u64 contiguous = 0;  // bytes until the next stripe or the end of the chunk
};

// What an item of the raid stripe tree says: where a run of logical addresses lies on the devices.
struct StripeExtent {
  u64 logical = 0;
  u64 length = 0;
  struct Stride {
    u64 devid = 0;
    u64 physical = 0;
  };
  std::vector<Stride> strides;
};
// The one with `logical` in it, if there is one. Any thread.
using FindStripeExtent = std::function<Result<std::optional<StripeExtent>>(u64 logical)>;

// REQUIRES: logical lies in the chunk, 1 <= mirror <= copies.
StripePlace place_in_chunk(const ChunkMapping& chunk, u64 logical, u32 mirror);

class Volume {
 public:
  Volume() = default;

  // Adds a device of the filesystem. Code::invalid if the id is there already. One with logical
  // addresses stands for all devices, whatever chunks say.
  Result<void> add_device(u64 devid, std::unique_ptr<Device> device);
  // nullptr if the device is missing.
  Device* device(u64 devid) const;
  // In the order in which they were added.
  const std::vector<std::pair<u64, std::unique_ptr<Device>>>& devices() const { return devices_; }

  ChunkMap& chunks() { return chunks_; }
  const ChunkMap& chunks() const { return chunks_; }

  // Takes a device out again; nullptr if it is missing.
  std::unique_ptr<Device> remove_device(u64 devid);

  // The filesystem has a raid stripe tree: data chunks of the profiles that have it (DUP, RAID0,
  // RAID1*, RAID10) say only which devices, and the tree where on them. REQUIRES: nobody writes.
  void use_stripe_tree(FindStripeExtent find) { find_stripe_extent_ = std::move(find); }
  // Whether that tree says where in the chunk's stripes something lies.
  bool is_in_stripe_tree(const ChunkMapping& chunk) const;

  // False of dumps: there are tree blocks only, nothing can be written, and how a block is mapped
  // to devices is known but has no meaning.
  bool has_data() const { return dump_ == nullptr; }

  // In how many ways the byte at `logical` can be read; 0 where no chunk maps it.
  u32 num_mirrors(u64 logical) const;

  // How far bytes go on from there in one stripe, and so are on a mirror all or none; 0 where no
  // chunk maps it.
  u64 contiguous(u64 logical) const;

  // Where [logical, logical + length) lies on a mirror, in order. Of a parity profile only mirror
  // 1, the data itself, lies anywhere. Code::corrupt, with the address, if some of it is not
  // mapped.
  Result<std::vector<PhysicalRange>> map(u64 logical, u64 length, u32 mirror) const;

  // Reads logical addresses from one mirror. Errors: not mapped, device missing, device read.
  Result<void> read(u64 logical, MutableBytes out, u32 mirror) const;

  // Reads every stripe from the first mirror of it that can be read: where devices are missing, not
  // all need be of the same. `skipped` is told of each that was tried before. Errors: not mapped,
  // the last mirror's.
  using Skipped = std::function<void(u64 logical, u64 length, u32 mirror, const Error& why)>;
  Result<void> read_any(u64 logical, MutableBytes out, const Skipped& skipped = nullptr) const;

  // Writes all copies of a range that lies in one chunk, and its parity. One thread at a time.
  Result<void> write(u64 logical, Bytes bytes) const;

  // Tells the devices that nobody needs the bytes of a range that lies in one chunk, or of a chunk
  // that was removed. Superblocks in it stay; of parity profiles only whole chunks are discarded,
  // since their parity must stay true.
  Result<void> discard(u64 logical, u64 length) const;
  Result<void> discard_chunk(const ChunkMapping& chunk) const;

  // The bytes in place, where they lie in memory in one run on mirror 1; nullopt otherwise.
  std::optional<Bytes> mapped(u64 logical, u64 length, u32 mirror = 1) const;

  // Says that these addresses will be read soon.
  void will_read(u64 logical, u64 length) const;

 private:
  Result<StripePlace> place(const ChunkMapping& chunk, u64 logical, u32 mirror) const;
  Result<void> read_in_place(const ChunkMapping& chunk, const StripePlace& place,
                             MutableBytes out) const;
  Result<void> rebuild(const ChunkMapping& chunk, u64 logical, MutableBytes out, u32 mirror) const;

  std::vector<std::pair<u64, std::unique_ptr<Device>>> devices_;
  Device* dump_ = nullptr;  // the device with logical addresses, if there is one
  ChunkMap chunks_;
  FindStripeExtent find_stripe_extent_;  // nullptr without a raid stripe tree
};

}  // namespace canopy
