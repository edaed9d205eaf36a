// canopy filesystem usage: as `btrfs filesystem usage` prints it of the mounted filesystem, with
// the images in the place of the devices. What only a mounted filesystem has is worked out as the
// kernel would right after mounting: the global reserve (btrfs_update_global_block_rsv) and what df
// shows as free (btrfs_statfs).

#include <algorithm>
#include <bit>
#include <cstdio>
#include <map>

#include "cli/block_group_use.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "cli/size_text.h"
#include "volume/profile.h"

namespace canopy {
namespace {

struct UsageOptions {
  std::vector<std::string> images;
  bool raw = false;
};

// Type and profile, ordered as btrfs-progs orders them: SYSTEM last, else by their flags.
struct Kind {
  u64 flags = 0;

  u64 type() const { return flags & BLOCK_GROUP_TYPE_MASK; }
  u64 profile() const { return flags & BLOCK_GROUP_PROFILE_MASK; }
  friend bool operator<(const Kind& a, const Kind& b) {
    const auto rank = [](const Kind& kind) {
      return std::tuple((kind.flags & BLOCK_GROUP_SYSTEM) != 0, kind.type(), kind.profile());
    };
    return rank(a) < rank(b);
  }
};

struct Space {
  u64 total = 0;
  u64 used = 0;
  u64 on_disk = 0;               // of all devices
  std::map<u64, u64> by_device;  // bytes of dev extents
};

struct DeviceUse {
  std::string name;
  u64 total = 0;
  u64 image = 0;  // bytes; 0: missing
  u64 allocated = 0;
};

class Usage {
 public:
  explicit Usage(Filesystem& filesystem) : filesystem_(filesystem) {}

  Result<void> read() {
    CommittedForest& forest = filesystem_.forest();
    auto groups = TRY(block_group_root(forest));
    if (groups == nullptr) return error(Code::corrupt, "there is no extent tree");
    for (const auto& chunk : filesystem_.volume().chunks().all()) {
      Space& space = spaces_[Kind{chunk->type}];
      space.used += TRY(used_bytes(forest, *groups, *chunk));
      space.total += chunk->length;
      for (const ChunkStripe& stripe : chunk->stripes) {
        space.by_device[stripe.devid] += chunk->stripe_length();
        space.on_disk += chunk->stripe_length();
        devices_[stripe.devid].allocated += chunk->stripe_length();
      }
      const Profile& profile = *chunk->profile;
      const double ratio = profile.parity > 0
                               ? static_cast<double>(chunk->stripes.size()) / chunk->data_stripes()
                               : profile.copies;
      highest_ratio_ = std::max(highest_ratio_, ratio);
    }
    TRY(read_devices());
    return read_reserve();
  }

  void print(bool raw) const;

 private:
  Result<void> read_devices() {
    auto tree = TRY(filesystem_.forest().root(CHUNK_TREE_OBJECTID));
    Path path;
    BlockCache& cache = filesystem_.cache();
    bool more = TRY(search_at_or_after(cache, tree->pointer(), Key{}, path));
    for (; more; more = TRY(next_item(cache, tree->objectid(), path))) {
      if (path.key().type != DEV_ITEM_KEY) continue;
      const auto item = load_struct<DevItem>(path.item());
      DeviceUse& device = devices_[item.devid];
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
    reserve_ = std::max(
        used, one * (items + unlink_units) + one * unlink_units * (has_tree ? u64{2} : u64{1}));
    reserve_ = std::min(reserve_, most);
    return {};
  }

  // What new chunks of data could have, as the kernel estimates it.
  u64 available_for_data(const Profile& profile) const {
    constexpr u64 reserved = u64{1} << 20;
    const u64 least = STRIPE_LEN * (profile.flag == BLOCK_GROUP_DUP ? 2 : 1);
    std::vector<u64> room;
    for (const auto& [devid, device] : devices_) {
      const u64 free =
          (device.total - std::min(device.total, device.allocated)) / STRIPE_LEN * STRIPE_LEN;
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

  Filesystem& filesystem_;
  std::map<Kind, Space> spaces_;
  std::map<u64, DeviceUse> devices_;
  double highest_ratio_ = 1;
  u64 reserve_ = 0;
};

void Usage::print(bool raw) const {
  const int width = raw ? 18 : 10;
  auto size = [raw](u64 bytes) { return raw ? fmt::format("{}", bytes) : size_text(bytes); };
  auto overall = [&](const char* label, const std::string& value, const char* end = "\n") {
    fmt::print("    {}{:>{}}{}", label, value, width, end);
  };
  u64 total = 0, slack = 0, missing = 0, allocated = 0, used = 0;
  u64 data = 0, data_on_disk = 0, data_used = 0, metadata = 0, metadata_on_disk = 0;
  u64 free_in_data = 0;
  bool mixed = false;
  const Profile* data_profile = profile_of(0);
  u64 factor = 1;
  std::map<u64, std::vector<const char*>> profiles;
  for (const auto& [devid, device] : devices_) {
    total += device.total;
    slack += device.image > device.total ? device.image - device.total : 0;
    missing += device.image == 0 ? device.total : 0;
  }
  for (const auto& [kind, space] : spaces_) {
    const double ratio = static_cast<double>(space.on_disk) / static_cast<double>(space.total);
    const u64 used_on_disk = static_cast<u64>(static_cast<double>(space.used) * ratio);
    allocated += space.on_disk;
    used += used_on_disk;
    const Profile* profile = profile_of(kind.flags);
    profiles[kind.type()].push_back(profile->name);
    if ((kind.flags & BLOCK_GROUP_DATA) != 0) {
      data += space.total;
      data_on_disk += space.on_disk;
      data_used += used_on_disk;
      free_in_data += (space.total - space.used) * profile->copies;  // as df counts: on disk
      data_profile = profile;
      factor = profile->copies;
      mixed |= (kind.flags & BLOCK_GROUP_METADATA) != 0;
    }
    if ((kind.flags & BLOCK_GROUP_METADATA) != 0) {
      metadata += space.total;
      metadata_on_disk += space.on_disk;
    }
  }
  const u64 unallocated = total - std::min(total, allocated);
  const double data_ratio =
      data == 0 ? 1 : static_cast<double>(data_on_disk) / static_cast<double>(data);
  const double metadata_ratio =
      metadata == 0 ? 1 : static_cast<double>(metadata_on_disk) / static_cast<double>(metadata);
  u64 estimated = static_cast<u64>(static_cast<double>(data_on_disk - data_used) / data_ratio);
  if (mixed) estimated -= std::min(estimated, reserve_);
  u64 least = estimated;
  constexpr u64 too_little = u64{16} << 20;
  if (unallocated >= too_little) {
    estimated += static_cast<u64>(static_cast<double>(unallocated) / data_ratio);
    least += static_cast<u64>(static_cast<double>(unallocated) / highest_ratio_);
  }
  const u64 sector = filesystem_.super().sectorsize;
  const u64 statfs =
      (free_in_data / factor + available_for_data(*data_profile) / factor) / sector * sector;
  fmt::print("Overall:\n");
  overall("Device size:\t\t", size(total));
  overall("Device allocated:\t\t", size(allocated));
  overall("Device unallocated:\t\t", size(unallocated));
  overall("Device missing:\t\t", size(missing));
  overall("Device slack:\t\t", size(slack));
  overall("Used:\t\t\t", size(used));
  overall("Free (estimated):\t\t", size(estimated), "\t(");
  fmt::print("min: {})\n", size(least));
  overall("Free (statfs, df):\t\t", size(statfs));
  overall("Data ratio:\t\t\t", fmt::format("{:.2f}", data_ratio));
  overall("Metadata ratio:\t\t", fmt::format("{:.2f}", metadata_ratio));
  overall("Global reserve:\t\t", size(reserve_), "\t(");
  fmt::print("used: {})\n", size(0));
  std::string several;
  for (const auto& [type, names] : profiles)
    if (names.size() > 1)
      several += fmt::format("{}{}", several.empty() ? "" : ", ",
                             type == BLOCK_GROUP_DATA       ? "data"
                             : type == BLOCK_GROUP_METADATA ? "metadata"
                             : type == BLOCK_GROUP_SYSTEM   ? "system"
                                                            : "data+metadata");
  overall("Multiple profiles:\t\t", several.empty() ? "no" : "yes",
          several.empty() ? "\n\n" : "\t(");
  if (!several.empty()) fmt::print("{})\n\n", several);
  for (const auto& [kind, space] : spaces_) {
    fmt::print("{},{}: Size:{}, Used:{} ({:.2f}%)\n", block_group_type_name(kind.type()),
               profile_of(kind.flags)->name, size(space.total), size(space.used),
               static_cast<double>(100.0f * static_cast<float>(space.used) /
                                   static_cast<float>(space.total + 1)));
    for (const auto& [devid, bytes] : space.by_device)
      fmt::print("   {}\t{:>10}\n", devices_.at(devid).name, size(bytes));
    fmt::print("\n");
  }
  fmt::print("Unallocated:\n");
  for (const auto& [devid, device] : devices_)
    fmt::print("   {}\t{:>10}\n", device.name,
               size(device.total - std::min(device.total, device.allocated)));
}

Result<int> run_usage(const UsageOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  Usage usage(*filesystem);
  TRY(usage.read());
  usage.print(options.raw);
  return EXIT_DONE;
}

}  // namespace

void add_filesystem(CommandLine& line) {
  Command group = line.add_group("filesystem", "What `btrfs filesystem` tells");
  add_filesystem_du(line, group);
  auto options = std::make_shared<UsageOptions>();
  Command command = line.add_to(group, "usage", "Show what the space is used for");
  add_image_arguments(command, options->images);
  add_opening_options(command);
  command.flag("-b,--raw", options->raw, "Sizes in bytes");
  line.on_run(command, [options] { return run_usage(*options); });
}

}  // namespace canopy
