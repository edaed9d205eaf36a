#include "space/device_space.h"

#include <algorithm>
#include <cstring>

namespace canopy {
namespace {

constexpr u64 MIB = 1u << 20;
constexpr u64 GIB = 1u << 30;

// How many stripes a chunk may have: where 0, as many as there are devices.
u32 most_devices(const Profile& profile) {
  if (profile.striped) return 0;
  return profile.flag == BLOCK_GROUP_DUP ? 1 : profile.copies;
}

// The kernel's calc_chunk_size: 10 GiB of data (in stripes of 1 GiB), 32 MiB of SYSTEM, 256 MiB or,
// on more than 50 GiB, 1 GiB of metadata; never more than a tenth of all.
u64 usual_chunk_size(u64 flags, u64 total_bytes) {
  u64 size = 10 * GIB;
  if ((flags & BLOCK_GROUP_DATA) == 0) {
    size = total_bytes > 50 * GIB ? GIB : 256 * MIB;
    if ((flags & BLOCK_GROUP_SYSTEM) != 0) size = 32 * MIB;
  }
  return std::min(size, total_bytes / 10);
}

u64 round_up(u64 value, u64 step) { return (value + step - 1) / step * step; }

}  // namespace

void DeviceSpace::add_device(u64 devid, u64 total_bytes, const u8* uuid) {
  Entry& entry = devices_[devid];
  entry.total_bytes = total_bytes;
  std::memcpy(entry.uuid, uuid, sizeof entry.uuid);
}

void DeviceSpace::take(const ChunkMapping& chunk) {
  for (const ChunkStripe& stripe : chunk.stripes) {
    auto found = devices_.find(stripe.devid);
    if (found != devices_.end()) found->second.used.add(stripe.physical, chunk.stripe_length());
  }
}

void DeviceSpace::give_back(const ChunkMapping& chunk) {
  for (const ChunkStripe& stripe : chunk.stripes) {
    auto found = devices_.find(stripe.devid);
    if (found != devices_.end()) found->second.used.remove(stripe.physical, chunk.stripe_length());
  }
}

DeviceSpace::Hole DeviceSpace::largest_hole(u64 devid, const Entry& device, u64 wanted) const {
  Hole best{devid, 0, 0, 0};
  u64 at = RESERVED;
  auto look_at = [&](u64 end) {
    if (end <= at) return;
    best.total += end - at;
    // The first hole that is large enough, else the largest.
    if (best.length < wanted && end - at > best.length) {
      best.physical = at;
      best.length = end - at;
    }
  };
  for (const auto& [start, end] : device.used.runs()) {
    look_at(std::min(start, device.total_bytes));
    at = std::max(at, end);
  }
  look_at(device.total_bytes);
  return best;
}

Result<ChunkMapping> DeviceSpace::plan_chunk(u64 flags, u64 logical, u64 max_length) const {
  ChunkMapping chunk;
  chunk.logical = logical;
  chunk.type = flags;
  chunk.profile = profile_of(flags);
  CHECK(chunk.profile != nullptr);
  const Profile& profile = *chunk.profile;
  chunk.sub_stripes = profile.sub_stripes;
  std::size_t dev_stripes = profile.flag == BLOCK_GROUP_DUP ? 2 : 1;
  u64 total = 0;
  for (const auto& [devid, device] : devices_)
    total += device.total_bytes;
  u64 max_chunk = usual_chunk_size(flags, total);
  if (max_length != 0) max_chunk = std::min(max_chunk, max_length);
  u64 max_stripe = std::min(max_chunk, GIB);
  // Never more than a tenth of all (but rounded up to 16 MiB below).
  max_chunk = std::min(max_chunk, total / 10);

  std::vector<Hole> holes;
  for (const auto& [devid, device] : devices_) {
    Hole hole = largest_hole(devid, device, max_stripe * dev_stripes);
    hole.length = std::min(hole.length, max_stripe * dev_stripes);
    if (hole.length >= STRIPE_LEN * dev_stripes) holes.push_back(hole);
  }
  std::ranges::stable_sort(holes, [](const Hole& a, const Hole& b) {
    return a.length != b.length ? a.length > b.length : a.total > b.total;
  });
  std::size_t count = holes.size() / profile.sub_stripes * profile.sub_stripes;
  if (u32 most = most_devices(profile); most != 0) count = std::min<std::size_t>(count, most);
  if (count < profile.devs_min || (most_devices(profile) != 0 && count < most_devices(profile)))
    return error(Code::no_space, "no room on the devices for a {} chunk",
                 block_group_flags_text(flags))
        .as_errno("ENOSPC");
  std::size_t stripes = count * dev_stripes;
  u64 data_stripes = (stripes - profile.parity) / profile.copies;
  u64 stripe_size = holes[count - 1].length / dev_stripes;
  if (stripe_size * data_stripes > max_chunk)
    stripe_size = std::min(round_up(max_chunk / data_stripes, 16 * MIB), stripe_size);
  stripe_size = std::min(stripe_size, GIB) / STRIPE_LEN * STRIPE_LEN;
  chunk.length = stripe_size * data_stripes;
  for (std::size_t i = 0; i < stripes; ++i) {
    const Hole& hole = holes[i / dev_stripes];
    ChunkStripe& stripe = chunk.stripes.emplace_back();
    stripe.devid = hole.devid;
    stripe.physical = hole.physical + i % dev_stripes * stripe_size;
    std::memcpy(stripe.dev_uuid, devices_.at(hole.devid).uuid, sizeof stripe.dev_uuid);
  }
  return chunk;
}

}  // namespace canopy
