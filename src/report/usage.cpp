#include "report/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>

#include "report/block_group_use.h"
#include "report/size_text.h"

namespace canopy {

bool operator<(const Usage::Kind& a, const Usage::Kind& b) {
  const auto rank = [](const Usage::Kind& kind) {
    return std::tuple((kind.flags & BLOCK_GROUP_SYSTEM) != 0, kind.type(), kind.profile());
  };
  return rank(a) < rank(b);
}

namespace {

constexpr double real(u64 bytes) { return static_cast<double>(bytes); }

class UsageReader {
 public:
  explicit UsageReader(Filesystem& filesystem) : filesystem_(filesystem) {}

  Result<Usage> read() {
    TRY(read_groups());
    TRY(read_devices());
    TRY(read_reserve());
    sum_up();
    return std::move(usage_);
  }

 private:
  Result<void> read_groups() {
    CommittedForest& forest = filesystem_.forest();
    auto groups = TRY(block_group_root(forest));
    if (groups == nullptr) return error(Code::corrupt, "there is no extent tree");
    for (const auto& chunk : filesystem_.volume().chunks().all()) {
      Usage::Space& space = usage_.spaces[Usage::Kind{chunk->type}];
      space.used += TRY(used_bytes(forest, *groups, *chunk));
      space.total += chunk->length;
      for (const ChunkStripe& stripe : chunk->stripes) {
        space.by_device[stripe.devid] += chunk->stripe_length();
        space.on_disk += chunk->stripe_length();
        usage_.devices[stripe.devid].allocated += chunk->stripe_length();
      }
      const Profile& profile = *chunk->profile;
      const double ratio = profile.parity > 0
                               ? static_cast<double>(chunk->stripes.size()) / chunk->data_stripes()
                               : profile.copies;
      highest_ratio_ = std::max(highest_ratio_, ratio);
    }
    return {};
  }

  Result<void> read_devices() {
    auto tree = TRY(filesystem_.forest().root(CHUNK_TREE_OBJECTID));
    Path path;
    BlockCache& cache = filesystem_.cache();
    bool more = TRY(search_at_or_after(cache, tree->pointer(), Key{}, path));
    for (; more; more = TRY(next_item(cache, tree->objectid(), path))) {
      if (path.key().type != DEV_ITEM_KEY) continue;
      const auto item = load_struct<DevItem>(path.item());
      Usage::DeviceUse& device = usage_.devices[item.devid];
      device.total = item.total_bytes;
      const Device* image = filesystem_.volume().device(item.devid);
      device.name = image == nullptr ? "missing" : image->name();
      device.image = image == nullptr ? 0 : image->size_bytes();
    }
    return {};
  }

  Result<void> read_reserve() {
    constexpr u64 most = u64{512} << 20;
    constexpr u64 unlink_units = 6;
    CommittedForest& forest = filesystem_.forest();
    u64 used = 0;
    u64 items = 1;
    for (const u64 id : {EXTENT_TREE_OBJECTID, CSUM_TREE_OBJECTID, FREE_SPACE_TREE_OBJECTID,
                         BLOCK_GROUP_TREE_OBJECTID}) {
      auto root = TRY(forest.root(id));
      if (root == nullptr) continue;
      used += root->item().bytes_used;
      ++items;
    }
    const bool has_tree =
        (filesystem_.super().compat_ro_flags & FEATURE_COMPAT_RO_FREE_SPACE_TREE) != 0;
    const u64 one = u64{filesystem_.super().nodesize} * MAX_LEVEL * 2;
    usage_.reserve = std::max(
        used, one * (items + unlink_units) + one * unlink_units * (has_tree ? u64{2} : u64{1}));
    usage_.reserve = std::min(usage_.reserve, most);
    return {};
  }

  // What new chunks of data could have, as the kernel estimates it.
  u64 available_for_data(const Profile& profile) const {
    constexpr u64 reserved = u64{1} << 20;
    const u64 least = STRIPE_LEN * (profile.flag == BLOCK_GROUP_DUP ? 2 : 1);
    std::vector<u64> room;
    for (const auto& [devid, device] : usage_.devices) {
      const u64 free = device.unallocated() / STRIPE_LEN * STRIPE_LEN;
      if (device.image != 0 && free > reserved + least) room.push_back(free - reserved);
    }
    std::ranges::sort(room, std::greater<>());
    std::size_t stripes = 1;
    if (profile.flag == BLOCK_GROUP_RAID0) stripes = room.size();
    if (profile.flag == BLOCK_GROUP_RAID10) stripes = 4;
    if (!profile.striped && profile.flag != BLOCK_GROUP_DUP) stripes = profile.copies;
    u64 sum = 0;
    for (std::size_t count = room.size(); count > 0 && count >= profile.devs_min; --count) {
      stripes = std::min(stripes, count);
      const u64 least_room = room[count - 1];
      if (least_room < least) continue;
      sum += least_room * stripes;
      for (std::size_t i = count - stripes; i < count; ++i)
        room[i] -= least_room;
    }
    return sum;
  }

  void sum_up() {
    Data data;
    for (const auto& [devid, device] : usage_.devices) {
      usage_.total += device.total;
      usage_.slack += device.image > device.total ? device.image - device.total : 0;
      usage_.missing += device.image == 0 ? device.total : 0;
    }
    u64 metadata = 0, metadata_on_disk = 0;
    std::map<u64, int> profiles;  // of each type
    for (const auto& [kind, space] : usage_.spaces) {
      const u64 used_on_disk =
          static_cast<u64>(real(space.used) * (real(space.on_disk) / real(space.total)));
      usage_.allocated += space.on_disk;
      usage_.used += used_on_disk;
      profiles[kind.type()]++;
      if ((kind.flags & BLOCK_GROUP_DATA) != 0) data.add(kind, space, used_on_disk);
      if ((kind.flags & BLOCK_GROUP_METADATA) != 0) {
        metadata += space.total;
        metadata_on_disk += space.on_disk;
      }
    }
    if (data.total != 0) usage_.data_ratio = real(data.on_disk) / real(data.total);
    if (metadata != 0) usage_.metadata_ratio = real(metadata_on_disk) / real(metadata);
    estimate_free(data);
    for (const auto& [type, count] : profiles)
      if (count > 1)
        usage_.several_profiles += fmt::format("{}{}", usage_.several_profiles.empty() ? "" : ", ",
                                               type == BLOCK_GROUP_DATA       ? "data"
                                               : type == BLOCK_GROUP_METADATA ? "metadata"
                                               : type == BLOCK_GROUP_SYSTEM   ? "system"
                                                                              : "data+metadata");
  }

  // All block groups with data.
  struct Data {
    u64 total = 0;
    u64 on_disk = 0;
    u64 used = 0;                            // on disk
    u64 free = 0;                            // as df counts: on disk
    const Profile* profile = profile_of(0);  // of the last kind
    u64 factor = 1;
    bool mixed = false;

    void add(const Usage::Kind& kind, const Usage::Space& space, u64 used_on_disk) {
      total += space.total;
      on_disk += space.on_disk;
      used += used_on_disk;
      profile = profile_of(kind.flags);
      factor = profile->copies;
      free += (space.total - std::min(space.total, space.used)) * factor;
      mixed |= (kind.flags & BLOCK_GROUP_METADATA) != 0;
    }
  };

  void estimate_free(const Data& data) {
    constexpr u64 too_little = u64{16} << 20;
    u64 estimated = static_cast<u64>(real(data.on_disk - std::min(data.on_disk, data.used)) /
                                     usage_.data_ratio);
    if (data.mixed) estimated -= std::min(estimated, usage_.reserve);
    usage_.free_estimated = usage_.free_at_least = estimated;
    const u64 unallocated = usage_.unallocated();
    if (unallocated >= too_little) {
      usage_.free_estimated += static_cast<u64>(real(unallocated) / usage_.data_ratio);
      usage_.free_at_least += static_cast<u64>(real(unallocated) / highest_ratio_);
    }
    const u64 sector = filesystem_.super().sectorsize;
    usage_.free_statfs =
        (data.free / data.factor + available_for_data(*data.profile) / data.factor) / sector *
        sector;
  }

  Filesystem& filesystem_;
  Usage usage_;
  double highest_ratio_ = 1;
};

}  // namespace

Result<Usage> read_usage(Filesystem& filesystem) { return UsageReader(filesystem).read(); }

std::string usage_text(const Usage& usage, bool raw) {
  std::string text = "Overall:\n";
  const auto put = std::back_inserter(text);
  auto size = [raw](u64 bytes) { return raw ? fmt::format("{}", bytes) : size_text(bytes); };
  auto overall = [&](const char* label, const std::string& value, const std::string& more = "") {
    fmt::format_to(put, "    {}{:>{}}{}\n", label, value, raw ? 18 : 10, more);
  };
  overall("Device size:\t\t", size(usage.total));
  overall("Device allocated:\t\t", size(usage.allocated));
  overall("Device unallocated:\t\t", size(usage.unallocated()));
  overall("Device missing:\t\t", size(usage.missing));
  overall("Device slack:\t\t", size(usage.slack));
  overall("Used:\t\t\t", size(usage.used));
  overall("Free (estimated):\t\t", size(usage.free_estimated),
          fmt::format("\t(min: {})", size(usage.free_at_least)));
  overall("Free (statfs, df):\t\t", size(usage.free_statfs));
  overall("Data ratio:\t\t\t", fmt::format("{:.2f}", usage.data_ratio));
  overall("Metadata ratio:\t\t", fmt::format("{:.2f}", usage.metadata_ratio));
  overall("Global reserve:\t\t", size(usage.reserve), fmt::format("\t(used: {})", size(0)));
  const std::string& several = usage.several_profiles;
  overall("Multiple profiles:\t\t", several.empty() ? "no" : "yes",
          several.empty() ? "\n" : fmt::format("\t({})\n", several));
  for (const auto& [kind, space] : usage.spaces) {
    fmt::format_to(put, "{},{}: Size:{}, Used:{} ({:.2f}%)\n", block_group_type_name(kind.type()),
                   profile_of(kind.flags)->name, size(space.total), size(space.used),
                   static_cast<double>(100.0f * static_cast<float>(space.used) /
                                       static_cast<float>(space.total + 1)));
    for (const auto& [devid, bytes] : space.by_device)
      fmt::format_to(put, "   {}\t{:>10}\n", usage.devices.at(devid).name, size(bytes));
    text += "\n";
  }
  text += "Unallocated:\n";
  for (const auto& [devid, device] : usage.devices)
    fmt::format_to(put, "   {}\t{:>10}\n", device.name, size(device.unallocated()));
  return text;
}

}  // namespace canopy
