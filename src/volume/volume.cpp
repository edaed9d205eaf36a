#include "volume/volume.h"

#include <algorithm>

#include "volume/parity.h"

namespace canopy {
namespace {

Error not_mapped(u64 logical) {
  return error(Code::corrupt, "no chunk maps this address").at(logical).as_errno("EIO");
}

Error no_such_mirror(const ChunkMapping& chunk, u64 logical, u32 mirror) {
  return error(Code::io, "there is no mirror {} in a {} chunk", mirror, chunk.profile->name)
      .at(logical)
      .as_errno("EIO");
}

}  // namespace

StripePlace place_in_chunk(const ChunkMapping& chunk, u64 logical, u32 mirror) {
  CHECK(logical >= chunk.logical && logical < chunk.end());
  CHECK(mirror >= 1 && mirror <= chunk.profile->copies);
  u64 offset = logical - chunk.logical;
  StripePlace place;
  if (!chunk.profile->striped) {
    place.stripe = mirror - 1;
    place.physical = chunk.stripes[place.stripe].physical + offset;
    place.contiguous = chunk.end() - logical;
    return place;
  }
  u64 stripe_nr = offset / STRIPE_LEN;
  u64 in_stripe = offset % STRIPE_LEN;
  u64 row = stripe_nr / chunk.data_stripes();
  auto column = static_cast<u32>(stripe_nr % chunk.data_stripes());
  if (chunk.profile->parity > 0) {
    // Data and parity turn by one device with every row.
    place.stripe = static_cast<u32>((row + column) % chunk.stripes.size());
  } else {
    place.stripe = column * chunk.profile->copies + (mirror - 1);
  }
  place.physical = chunk.stripes[place.stripe].physical + row * STRIPE_LEN + in_stripe;
  place.contiguous = std::min(STRIPE_LEN - in_stripe, chunk.end() - logical);
  return place;
}

// As btrfs_need_stripe_tree_update() has it.
bool Volume::is_in_stripe_tree(const ChunkMapping& chunk) const {
  constexpr u64 profiles = BLOCK_GROUP_DUP | BLOCK_GROUP_RAID0 | BLOCK_GROUP_RAID1 |
                           BLOCK_GROUP_RAID1C3 | BLOCK_GROUP_RAID1C4 | BLOCK_GROUP_RAID10;
  return find_stripe_extent_ != nullptr &&
         (chunk.type & BLOCK_GROUP_TYPE_MASK) == BLOCK_GROUP_DATA && (chunk.type & profiles) != 0;
}

// The chunk says which stripe it is, and the raid stripe tree, where there is one, where that lies
// (btrfs_get_raid_extent_offset).
Result<StripePlace> Volume::place(const ChunkMapping& chunk, u64 logical, u32 mirror) const {
  StripePlace place = place_in_chunk(chunk, logical, mirror);
  if (!is_in_stripe_tree(chunk)) return place;
  const auto extent = TRY(find_stripe_extent_(logical));
  if (!extent)
    return error(Code::io, "the raid stripe tree does not know this address")
        .at(logical)
        .as_errno("EIO");
  const u64 skip = logical - extent->logical;
  const u64 devid = chunk.stripes[place.stripe].devid;
  const bool is_dup = (chunk.type & BLOCK_GROUP_DUP) != 0;
  for (std::size_t i = 0; i < extent->strides.size(); ++i) {
    const StripeExtent::Stride& stride = extent->strides[i];
    if (stride.devid != devid || (is_dup && i != place.stripe)) continue;
    if (stride.physical + skip < stride.physical)
      return error(Code::corrupt, "the raid stripe tree has it behind all addresses").at(logical);
    place.physical = stride.physical + skip;
    place.contiguous = std::min(place.contiguous, extent->length - skip);
    return place;
  }
  return error(Code::io, "the raid stripe tree has no place on device {} for this address", devid)
      .at(logical)
      .as_errno("EIO");
}

Result<void> Volume::add_device(u64 devid, std::unique_ptr<Device> added) {
  if (device(devid) != nullptr)
    return error(Code::invalid, "{} and {} are both device {} of the filesystem",
                 device(devid)->name(), added->name(), devid);
  if (added->has_logical_addresses()) dump_ = added.get();
  devices_.emplace_back(devid, std::move(added));
  return {};
}

std::unique_ptr<Device> Volume::remove_device(u64 devid) {
  auto found = std::ranges::find(devices_, devid, [](const auto& entry) { return entry.first; });
  if (found == devices_.end()) return nullptr;
  auto removed = std::move(found->second);
  if (dump_ == removed.get()) dump_ = nullptr;
  devices_.erase(found);
  return removed;
}

Device* Volume::device(u64 devid) const {
  if (dump_ != nullptr) return dump_;
  for (const auto& [id, device] : devices_)
    if (id == devid) return device.get();
  return nullptr;
}

u32 Volume::num_mirrors(u64 logical) const {
  auto chunk = chunks_.find(logical);
  return chunk == nullptr ? 0 : chunk->num_mirrors();
}

u64 Volume::contiguous(u64 logical) const {
  auto chunk = chunks_.find(logical);
  return chunk == nullptr ? 0 : place_in_chunk(*chunk, logical, 1).contiguous;
}

Result<std::vector<PhysicalRange>> Volume::map(u64 logical, u64 length, u32 mirror) const {
  std::vector<PhysicalRange> ranges;
  while (length > 0) {
    auto chunk = chunks_.find(logical);
    if (chunk == nullptr) return not_mapped(logical);
    if (mirror == 0 || mirror > chunk->profile->copies)
      return no_such_mirror(*chunk, logical, mirror);
    const StripePlace place = TRY(this->place(*chunk, logical, mirror));
    u64 take = std::min(length, place.contiguous);
    u64 devid = chunk->stripes[place.stripe].devid;
    ranges.push_back({devid, device(devid), place.physical, take});
    logical += take;
    length -= take;
  }
  return ranges;
}

Result<void> Volume::read(u64 logical, MutableBytes out, u32 mirror) const {
  if (dump_ != nullptr) return dump_->read(logical, out);
  while (!out.empty()) {
    auto chunk = chunks_.find(logical);
    if (chunk == nullptr) return not_mapped(logical);
    if (mirror == 0 || mirror > chunk->num_mirrors())
      return no_such_mirror(*chunk, logical, mirror);
    const bool whole_copy = mirror <= chunk->profile->copies;
    const StripePlace place = TRY(this->place(*chunk, logical, whole_copy ? mirror : 1));
    const auto take = static_cast<std::size_t>(std::min<u64>(out.size(), place.contiguous));
    auto read = whole_copy ? read_in_place(*chunk, place, out.first(take))
                           : rebuild(*chunk, logical, out.first(take), mirror);
    if (!read.ok()) return std::move(read).error().at(logical).as_errno("EIO");
    logical += take;
    out = out.subspan(take);
  }
  return {};
}

Result<void> Volume::read_any(u64 logical, MutableBytes out, const Skipped& skipped) const {
  while (!out.empty()) {
    const u32 mirrors = num_mirrors(logical);
    if (mirrors == 0) return not_mapped(logical);
    const auto take = to_size(std::min<u64>(out.size(), contiguous(logical)));
    for (u32 mirror = 1;; ++mirror) {
      auto read = this->read(logical, out.first(take), mirror);
      if (read.ok()) break;
      if (mirror == mirrors) return read;
      if (skipped) skipped(logical, take, mirror, read.error());
    }
    logical += take;
    out = out.subspan(take);
  }
  return {};
}

Result<void> Volume::read_in_place(const ChunkMapping& chunk, const StripePlace& place,
                                   MutableBytes out) const {
  const u64 devid = chunk.stripes[place.stripe].devid;
  Device* at = device(devid);
  if (at == nullptr) return error(Code::io, "device {} of the filesystem is missing", devid);
  return at->read(place.physical, out);
}

Result<void> Volume::rebuild(const ChunkMapping& chunk, u64 logical, MutableBytes out,
                             u32 mirror) const {
  const auto stripes = static_cast<u32>(chunk.stripes.size());
  const u32 parity = chunk.profile->parity;
  const u32 data = stripes - parity;
  const u64 offset = logical - chunk.logical;
  const u64 row = offset / STRIPE_LEN / data;
  const u64 in_device = row * STRIPE_LEN + offset % STRIPE_LEN;
  const auto wanted = static_cast<u32>(offset / STRIPE_LEN % data);
  if (parity == 2 && data > RAID6_DATA_COLUMNS_MAX)
    return error(Code::unsupported, "cannot be rebuilt in a RAID6 chunk of {} stripes", stripes);

  u32 lost[2] = {wanted, 0};
  u32 lost_count = 1;
  if (mirror == 3) lost[lost_count++] = data;
  if (mirror > 3) {
    // Counts down over the data columns but the wanted one.
    u32 other = stripes + 1 - mirror;
    lost[lost_count++] = other <= wanted ? other - 1 : other;
  }
  std::vector<u8> room(out.size() * stripes);
  std::vector<MutableBytes> columns(stripes);
  for (u32 i = 0; i < stripes; ++i)
    columns[i] = MutableBytes(room).subspan(out.size() * i, out.size());
  columns[wanted] = out;
  for (u32 i = 0; i < stripes; ++i) {
    if (i == wanted || (lost_count == 2 && i == lost[1])) continue;
    if (i == data + 1 && lost_count == 1) continue;  // Q, and P is enough
    StripePlace place;
    place.stripe = static_cast<u32>((row + i) % stripes);
    place.physical = chunk.stripes[place.stripe].physical + in_device;
    auto read = read_in_place(chunk, place, columns[i]);
    if (read.ok()) continue;
    if (lost_count == parity) return std::move(read).error().while_doing("cannot be rebuilt");
    lost[lost_count++] = i;
  }
  rebuild_columns(columns, parity, std::span(lost, lost_count));
  return {};
}

std::optional<Bytes> Volume::mapped(u64 logical, u64 length, u32 mirror) const {
  if (dump_ != nullptr) return dump_->mapped(logical, length);
  auto chunk = chunks_.find(logical);
  if (chunk == nullptr || mirror == 0 || mirror > chunk->profile->copies) return std::nullopt;
  const auto place = this->place(*chunk, logical, mirror);
  if (!place.ok() || place.value().contiguous < length) return std::nullopt;
  Device* at = device(chunk->stripes[place.value().stripe].devid);
  return at == nullptr ? std::nullopt : at->mapped(place.value().physical, length);
}

void Volume::will_read(u64 logical, u64 length) const {
  if (dump_ != nullptr) return dump_->will_read(logical, length);
  auto ranges = map(logical, length, 1);
  if (!ranges.ok()) return;
  for (const PhysicalRange& range : ranges.value())
    if (range.device != nullptr) range.device->will_read(range.physical, range.length);
}

}  // namespace canopy
