#include "filesystem/devices.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace canopy {
namespace {

Uuid uuid_of(const u8 (&bytes)[16]) {
  Uuid uuid;
  std::memcpy(uuid.data(), bytes, uuid.size());
  return uuid;
}

GivenDevice describe(const Superblock& super, std::unique_ptr<Device> device) {
  GivenDevice given;
  given.devid = super.dev_item.devid;
  given.uuid = uuid_of(super.dev_item.uuid);
  given.fsid = uuid_of(super.fsid);
  given.generation = super.generation;
  given.total_bytes = super.dev_item.total_bytes;
  given.is_seed = (super.flags & SUPER_FLAG_SEEDING) != 0;
  given.device = std::move(device);
  return given;
}

// Puts a device beside the others, in place of an older copy of itself, or leaves it.
Result<void> add_newest(GivenDevices& all, GivenDevice added) {
  auto same = std::ranges::find(all.devices, added.devid, &GivenDevice::devid);
  if (same == all.devices.end()) {
    all.devices.push_back(std::move(added));
    return {};
  }
  if (same->generation == added.generation || same->fsid != added.fsid)
    return error(Code::invalid, "{} and {} are both device {} of the filesystem",
                 same->device->name(), added.device->name(), added.devid);
  if (same->generation < added.generation) std::swap(*same, added);
  all.warnings.push_back(fmt::format("{} is left out: {} is a newer copy of device {}",
                                     added.device->name(), same->device->name(), added.devid));
  return {};
}

// Of several fsids, all but one are those of seeds.
Result<Uuid> main_fsid(const std::vector<GivenDevice>& devices) {
  const GivenDevice* main = nullptr;
  const bool one_fsid = std::ranges::all_of(
      devices, [&](const GivenDevice& device) { return device.fsid == devices[0].fsid; });
  if (one_fsid) return devices[0].fsid;
  for (const GivenDevice& device : devices) {
    if (device.is_seed) continue;
    if (main != nullptr && main->fsid != device.fsid)
      return error(Code::invalid, "{} and {} are of different filesystems", main->device->name(),
                   device.device->name());
    main = &device;
  }
  if (main == nullptr)
    return error(Code::invalid, "all that was given are seed devices, of different filesystems");
  return main->fsid;
}

}  // namespace

Result<GivenDevices> identify_devices(std::vector<std::unique_ptr<Device>> devices,
                                      std::optional<u32> super_copy) {
  GivenDevices all;
  std::vector<GivenDevice> given;
  std::vector<std::shared_ptr<const Superblock>> supers;
  for (auto& device : devices) {
    FoundSuperblock found = TRY(find_superblock(*device, super_copy));
    for (const SuperblockMirror& mirror : found.mirrors)
      if (!mirror.valid)
        all.warnings.push_back(fmt::format("{}: {}", device->name(), mirror.problem));
    given.push_back(describe(*found.super, std::move(device)));
    supers.push_back(found.super);
  }
  const Uuid fsid = TRY(main_fsid(given));
  std::set<Uuid> seeds;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i].fsid != fsid) {
      const bool own_uuid = (supers[i]->incompat_flags & FEATURE_INCOMPAT_METADATA_UUID) != 0;
      seeds.insert(own_uuid ? uuid_of(supers[i]->metadata_uuid) : given[i].fsid);
    } else if (all.super == nullptr || supers[i]->generation > all.super->generation) {
      all.super = supers[i];
    }
    TRY(add_newest(all, std::move(given[i])));
  }
  all.seed_fsids.assign(seeds.begin(), seeds.end());
  for (const GivenDevice& one : all.devices)
    if (one.device->size_bytes() < one.total_bytes && !one.device->has_logical_addresses())
      all.warnings.push_back(
          fmt::format("{} is cut short: it has {} bytes, but device {} of the filesystem has {}",
                      one.device->name(), one.device->size_bytes(), one.devid, one.total_bytes));
  return all;
}

namespace {

// Whether every byte of the chunk can be had from the devices that are there.
bool is_readable(const ChunkMapping& chunk, const Volume& volume, u64 without) {
  auto there = [&](const ChunkStripe& stripe) {
    return stripe.devid != without && volume.device(stripe.devid) != nullptr;
  };
  const auto missing = static_cast<u32>(std::ranges::count_if(
      chunk.stripes, [&](const ChunkStripe& stripe) { return !there(stripe); }));
  const Profile& profile = *chunk.profile;
  if (profile.parity > 0) return missing <= profile.parity;
  // Copies stand behind each other: each group of them needs one.
  for (std::size_t start = 0; start < chunk.stripes.size(); start += profile.copies) {
    bool any = false;
    for (std::size_t i = start; i < start + profile.copies; ++i)
      any |= there(chunk.stripes[i]);
    if (!any) return false;
  }
  return true;
}

u32 count_unreadable(const Volume& volume, u64 without) {
  u32 count = 0;
  for (const auto& chunk : volume.chunks().all())
    if (!is_readable(*chunk, volume, without)) ++count;
  return count;
}

constexpr u64 NO_DEVICE = ~u64{0};

// A device may be one commit behind without having missed anything: what a commit changes is
// written before the superblocks, and those one after the other.
bool is_stale(const DeviceIdentity& device, u64 generation) {
  return !device.is_seed && device.generation + 1 < generation;
}

}  // namespace

std::vector<std::string> settle_devices(Volume& volume, const std::vector<DeviceIdentity>& given,
                                        const std::vector<ListedDevice>& listed, u64 generation) {
  std::vector<std::string> warnings;
  for (const DeviceIdentity& device : given) {
    auto entry = std::ranges::find(listed, device.devid, &ListedDevice::devid);
    if (entry != listed.end() && entry->uuid == device.uuid) continue;
    auto removed = volume.remove_device(device.devid);
    warnings.push_back(fmt::format(
        "{} is left out: {}", removed->name(),
        entry == listed.end()
            ? fmt::format("the filesystem has no device {} any more", device.devid)
            : fmt::format("another disk is device {} of the filesystem now", device.devid)));
  }
  for (const DeviceIdentity& device : given) {
    Device* old = volume.device(device.devid);
    if (old == nullptr || !is_stale(device, generation)) continue;
    const std::string age =
        fmt::format("its last commit is {}, the filesystem's is {}", device.generation, generation);
    if (count_unreadable(volume, device.devid) > count_unreadable(volume, NO_DEVICE)) {
      warnings.push_back(fmt::format("{} is out of date ({}), but needed", old->name(), age));
    } else {
      warnings.push_back(fmt::format("{} is left out: {}", old->name(), age));
      volume.remove_device(device.devid);
    }
  }
  std::set<u64> devids;
  for (const ListedDevice& device : listed)
    devids.insert(device.devid);
  const auto chunks = volume.chunks().all();
  for (const auto& chunk : chunks)
    for (const ChunkStripe& stripe : chunk->stripes)
      devids.insert(stripe.devid);
  bool any_missing = false;
  for (u64 devid : devids) {
    if (volume.device(devid) != nullptr) continue;
    any_missing = true;
    warnings.push_back(fmt::format("device {} of the filesystem is missing", devid));
  }
  const u32 unreadable = any_missing ? count_unreadable(volume, NO_DEVICE) : 0;
  if (unreadable > 0)
    warnings.push_back(fmt::format("without what is missing, {} of {} chunks cannot be read whole",
                                   unreadable, chunks.size()));
  return warnings;
}

}  // namespace canopy
