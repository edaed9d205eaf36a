#include "volume/volume.h"

#include <algorithm>

namespace canopy {

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

Result<void> Volume::add_device(u64 devid, std::unique_ptr<Device> added) {
  if (device(devid) != nullptr)
    return error(Code::invalid, "{} and {} are both device {} of the filesystem",
                 device(devid)->name(), added->name(), devid);
  devices_.emplace_back(devid, std::move(added));
  return {};
}

Device* Volume::device(u64 devid) const {
  for (const auto& [id, device] : devices_)
    if (id == devid) return device.get();
  return nullptr;
}

u32 Volume::num_mirrors(u64 logical) const {
  auto chunk = chunks_.find(logical);
  return chunk == nullptr ? 0 : chunk->num_mirrors();
}

Result<std::vector<PhysicalRange>> Volume::map(u64 logical, u64 length, u32 mirror) const {
  std::vector<PhysicalRange> ranges;
  while (length > 0) {
    auto chunk = chunks_.find(logical);
    if (chunk == nullptr)
      return error(Code::corrupt, "no chunk maps this address").at(logical).as_errno("EIO");
    if (mirror == 0 || mirror > chunk->profile->copies)
      return error(Code::io, "there is no mirror {} in a {} chunk", mirror, chunk->profile->name)
          .at(logical)
          .as_errno("EIO");
    StripePlace place = place_in_chunk(*chunk, logical, mirror);
    u64 take = std::min(length, place.contiguous);
    u64 devid = chunk->stripes[place.stripe].devid;
    ranges.push_back({devid, device(devid), place.physical, take});
    logical += take;
    length -= take;
  }
  return ranges;
}

Result<void> Volume::read(u64 logical, MutableBytes out, u32 mirror) const {
  for (const PhysicalRange& range : TRY(map(logical, out.size(), mirror))) {
    if (range.device == nullptr)
      return error(Code::io, "device {} of the filesystem is missing", range.devid)
          .at(logical)
          .as_errno("EIO");
    const auto length = static_cast<std::size_t>(range.length);
    auto read = range.device->read(range.physical, out.first(length));
    if (!read.ok()) return std::move(read).error().at(logical).as_errno("EIO");
    out = out.subspan(length);
  }
  return {};
}

std::optional<Bytes> Volume::mapped(u64 logical, u64 length, u32 mirror) const {
  auto chunk = chunks_.find(logical);
  if (chunk == nullptr || mirror == 0 || mirror > chunk->profile->copies) return std::nullopt;
  StripePlace place = place_in_chunk(*chunk, logical, mirror);
  if (place.contiguous < length) return std::nullopt;
  Device* at = device(chunk->stripes[place.stripe].devid);
  return at == nullptr ? std::nullopt : at->mapped(place.physical, length);
}

void Volume::will_read(u64 logical, u64 length) const {
  auto ranges = map(logical, length, 1);
  if (!ranges.ok()) return;
  for (const PhysicalRange& range : ranges.value())
    if (range.device != nullptr) range.device->will_read(range.physical, range.length);
}

}  // namespace canopy
