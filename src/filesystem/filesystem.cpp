#include "filesystem/filesystem.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "filesystem/stripe_tree.h"

namespace canopy {
namespace {

struct FeatureName {
  u64 flag;
  const char* name;
};

constexpr FeatureName UNREADABLE_FEATURES[] = {
    {FEATURE_INCOMPAT_EXTENT_TREE_V2, "EXTENT_TREE_V2"},
    {FEATURE_INCOMPAT_REMAP_TREE, "REMAP_TREE"},
};

constexpr u64 READABLE_FEATURES =
    FEATURE_INCOMPAT_MIXED_BACKREF | FEATURE_INCOMPAT_DEFAULT_SUBVOL |
    FEATURE_INCOMPAT_MIXED_GROUPS | FEATURE_INCOMPAT_COMPRESS_LZO | FEATURE_INCOMPAT_COMPRESS_ZSTD |
    FEATURE_INCOMPAT_BIG_METADATA | FEATURE_INCOMPAT_EXTENDED_IREF | FEATURE_INCOMPAT_RAID56 |
    FEATURE_INCOMPAT_SKINNY_METADATA | FEATURE_INCOMPAT_NO_HOLES | FEATURE_INCOMPAT_METADATA_UUID |
    FEATURE_INCOMPAT_RAID1C34 | FEATURE_INCOMPAT_ZONED | FEATURE_INCOMPAT_SIMPLE_QUOTA |
    FEATURE_INCOMPAT_RAID_STRIPE_TREE;

BlockCache::Format format_of(const Superblock& super, const std::vector<Uuid>& seed_fsids) {
  BlockCache::Format format;
  format.nodesize = super.nodesize;
  format.sectorsize = super.sectorsize;
  format.incompat_flags = super.incompat_flags;
  format.checksum = checksum_info(super.csum_type);
  bool own_uuid = (super.incompat_flags & FEATURE_INCOMPAT_METADATA_UUID) != 0;
  std::memcpy(format.fsid.data(), own_uuid ? super.metadata_uuid : super.fsid, 16);
  format.seed_fsids = seed_fsids;
  return format;
}

}  // namespace

Result<std::unique_ptr<Filesystem>> Filesystem::open(std::vector<std::unique_ptr<Device>> devices,
                                                     const OpenOptions& options) {
  if (devices.empty()) return error(Code::invalid, "no image was given");
  std::unique_ptr<Filesystem> filesystem(new Filesystem());
  GivenDevices given = TRY(identify_devices(std::move(devices), options.super_copy));
  filesystem->publish_super(given.super);
  filesystem->warnings_ = std::move(given.warnings);
  TRY(filesystem->check_features());
  TRY(filesystem->go_back(options));
  if (filesystem->super().log_root != 0)
    filesystem->warnings_.emplace_back(
        "there is a log tree: the image is of a machine that was running or has crashed. What "
        "files "
        "were given to fsync since the last commit is not shown");
  TRY(filesystem->add_devices(std::move(given.devices)));
  if (!filesystem->volume_.has_data())
    filesystem->warnings_.emplace_back(
        "this is a dump of btrfs-image: it has no data, and cannot be changed");
  const Superblock& super = filesystem->super();
  BlockCache::Format format = format_of(super, given.seed_fsids);
  format.losses = options.losses;
  if (options.repairs != nullptr) format.repairs = options.repairs;
  filesystem->cache_ =
      std::make_unique<BlockCache>(filesystem->volume_, std::move(format), options.cache_bytes);
  auto read = options.losses != nullptr && !options.backup_root && !options.generation
                  ? filesystem->read_newest_commit()
                  : filesystem->read_commit();
  if (!read.ok()) return filesystem->explain(std::move(read).error());
  return filesystem;
}

Error Filesystem::explain(Error why) const {
  for (const auto& [devid, device] : volume_.devices())
    if (auto entry = std::ranges::find(identities_, devid, &DeviceIdentity::devid);
        entry != identities_.end() && device->size_bytes() < entry->total_bytes &&
        !device->has_logical_addresses())
      return std::move(why).while_doing(fmt::format("{} is cut short: it has {} bytes of {}",
                                                    device->name(), device->size_bytes(),
                                                    entry->total_bytes));
  if (volume_.devices().size() < super().num_devices)
    return std::move(why).while_doing(fmt::format("{} of the filesystem's {} devices were given",
                                                  volume_.devices().size(),
                                                  super().num_devices.value()));
  return why;
}

Result<void> Filesystem::add_devices(std::vector<GivenDevice> devices) {
  for (GivenDevice& given : devices) {
    identities_.push_back(
        {given.devid, given.uuid, given.generation, given.total_bytes, given.is_seed});
    TRY(volume_.add_device(given.devid, std::move(given.device)));
  }
  return {};
}

Result<void> Filesystem::check_unchanged() const {
  for (const auto& [devid, device] : volume_.devices())
    TRY(device->check_unchanged());
  return {};
}

Result<void> Filesystem::read_commit() {
  forest_ = std::make_unique<CommittedForest>(*cache_, super());
  return read_chunks();
}

// In a rescue: of the last commit and those that backup roots tell of, the newest whose root tree
// has a root that can be read.
Result<void> Filesystem::read_newest_commit() {
  struct Commit {
    std::shared_ptr<const Superblock> super;
    std::optional<u32> slot;
  };
  std::vector<Commit> commits = {{supers_.back(), std::nullopt}};
  for (u32 slot = 0; slot < NUM_BACKUP_ROOTS; ++slot) {
    auto backup = superblock_of_backup(super(), slot);
    if (backup.ok() && backup.value().generation < super().generation)
      commits.push_back({std::make_shared<const Superblock>(std::move(backup).value()), slot});
  }
  std::ranges::stable_sort(commits, std::ranges::greater(),
                           [](const Commit& commit) { return u64{commit.super->generation}; });
  std::optional<Error> first;
  for (const Commit& commit : commits) {
    if (commit.slot) publish_super(commit.super);
    for (const auto& chunk : volume_.chunks().all())
      volume_.chunks().remove(chunk->logical);
    auto read = read_commit();
    if (read.ok()) {
      auto root = TRY(forest_->root(ROOT_TREE_OBJECTID));
      auto block = read_root(*cache_, root->pointer());
      if (block.ok()) {
        if (commit.slot)
          warnings_.push_back(fmt::format(
              "the root tree of the last commit, {}, cannot be read: opened as of "
              "generation {} (backup root {})",
              commits[0].super->generation.value(), super().generation.value(), *commit.slot));
        earlier_commit_ = commit.slot.has_value();
        return {};
      }
      read = std::move(block).error();
    }
    if (!first) first = std::move(read).error();
  }
  return std::move(*first).while_doing("neither the last commit nor a backup root can be read");
}

Result<void> Filesystem::read_chunks() {
  TRY(read_system_chunks());
  std::vector<ListedDevice> listed;
  TRY(read_chunk_tree(listed));
  TRY(read_stripe_tree());
  auto found = settle_devices(volume_, identities_, listed, super().generation);
  warnings_.insert(warnings_.end(), found.begin(), found.end());
  return {};
}

// Makes the superblock that of an earlier commit.
Result<void> Filesystem::go_back(const OpenOptions& options) {
  std::optional<u32> slot = options.backup_root;
  if (options.generation && *options.generation != super().generation) {
    std::string known;
    for (u32 i = 0; i < NUM_BACKUP_ROOTS; ++i) {
      const RootBackup& backup = super().super_roots[i];
      known += fmt::format("{}{}", known.empty() ? "" : ", ", backup.tree_root_gen.value());
      if (backup.tree_root != 0 && backup.tree_root_gen == *options.generation) slot = i;
    }
    if (!slot)
      return error(Code::not_found, "there is no backup root of generation {}, but of {}",
                   *options.generation, known);
  }
  if (!slot) return {};
  const u64 last = super().generation;
  publish_super(std::make_shared<const Superblock>(TRY(superblock_of_backup(super(), *slot))));
  earlier_commit_ = super().generation != last;
  warnings_.push_back(
      fmt::format("opened as of generation {} (backup root {}); the last commit is "
                  "{}, and may have written over some of it",
                  super().generation.value(), *slot, last));
  return {};
}

Result<void> Filesystem::check_features() {
  constexpr u64 known_ro = FEATURE_COMPAT_RO_FREE_SPACE_TREE |
                           FEATURE_COMPAT_RO_FREE_SPACE_TREE_VALID | FEATURE_COMPAT_RO_VERITY |
                           FEATURE_COMPAT_RO_BLOCK_GROUP_TREE;
  if ((super().compat_ro_flags & ~known_ro) != 0)
    warnings_.push_back(
        fmt::format("the filesystem has features that are not known, {:#x}, but can "
                    "be read",
                    super().compat_ro_flags & ~known_ro));
  u64 unknown = super().incompat_flags & ~READABLE_FEATURES;
  if (unknown == 0) return {};
  std::string names;
  for (const FeatureName& feature : UNREADABLE_FEATURES) {
    if ((unknown & feature.flag) == 0) continue;
    names += (names.empty() ? "" : ", ") + std::string(feature.name);
    unknown &= ~feature.flag;
  }
  if (unknown != 0) names += fmt::format("{}{:#x}", names.empty() ? "" : ", ", unknown);
  return error(Code::unsupported, "the filesystem has features that cannot be read: {}", names);
}

// Data are looked up in it as they are read.
Result<void> Filesystem::read_stripe_tree() {
  volume_.use_stripe_tree(nullptr);
  if ((super().incompat_flags & FEATURE_INCOMPAT_RAID_STRIPE_TREE) == 0) return {};
  auto tree = forest_->root(RAID_STRIPE_TREE_OBJECTID);
  if (!tree.ok() && cache_->losses() == nullptr) return std::move(tree).error();
  if (!tree.ok() || tree.value() == nullptr) {
    warnings_.emplace_back("there is no raid stripe tree, though the filesystem says so");
    volume_.use_stripe_tree(
        [](u64) -> Result<std::optional<StripeExtent>> { return std::optional<StripeExtent>(); });
    return {};
  }
  volume_.use_stripe_tree([this, root = tree.value()->pointer()](u64 logical) {
    return find_stripe_extent(*cache_, root, logical);
  });
  return {};
}

Result<void> Filesystem::read_system_chunks() {
  for (ChunkMapping& chunk : TRY(system_chunks(super())))
    TRY(volume_.chunks().insert(std::move(chunk)));
  return {};
}

Result<void> Filesystem::read_chunk_tree(std::vector<ListedDevice>& listed) {
  auto tree = TRY(forest_->root(CHUNK_TREE_OBJECTID));
  Path path;
  bool more = TRY(search_at_or_after(*cache_, tree->pointer(), Key{}, path));
  for (; more; more = TRY(next_item(*cache_, tree->objectid(), path))) {
    Key key = path.key();
    if (key.type == CHUNK_ITEM_KEY) {
      TRY(volume_.chunks().insert(TRY(parse_chunk(key.offset, path.item(), super().sectorsize))));
    } else if (key.type == DEV_ITEM_KEY && path.item().size() >= sizeof(DevItem)) {
      auto item = load_struct<DevItem>(path.item());
      ListedDevice& device = listed.emplace_back();
      device.devid = key.offset;
      std::memcpy(device.uuid.data(), item.uuid, sizeof item.uuid);
    }
  }
  return {};
}

void Filesystem::publish_super(std::shared_ptr<const Superblock> super) {
  super_.store(super.get(), std::memory_order_release);
  supers_.push_back(std::move(super));
}

Result<FilesystemWriter*> Filesystem::writer() {
  if (writer_ == nullptr)
    writer_ = TRY(FilesystemWriter::attach(
        volume_, *forest_, supers_.back(),
        [this](std::shared_ptr<const Superblock> super) { publish_super(std::move(super)); }));
  return writer_.get();
}

}  // namespace canopy
