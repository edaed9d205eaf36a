#include "filesystem/filesystem.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace canopy {
namespace {

struct FeatureName {
  u64 flag;
  const char* name;
};

constexpr FeatureName UNREADABLE_FEATURES[] = {
    {FEATURE_INCOMPAT_EXTENT_TREE_V2, "EXTENT_TREE_V2"},
    {FEATURE_INCOMPAT_RAID_STRIPE_TREE, "RAID_STRIPE_TREE"},
    {FEATURE_INCOMPAT_REMAP_TREE, "REMAP_TREE"},
};

constexpr u64 READABLE_FEATURES =
    FEATURE_INCOMPAT_MIXED_BACKREF | FEATURE_INCOMPAT_DEFAULT_SUBVOL |
    FEATURE_INCOMPAT_MIXED_GROUPS | FEATURE_INCOMPAT_COMPRESS_LZO | FEATURE_INCOMPAT_COMPRESS_ZSTD |
    FEATURE_INCOMPAT_BIG_METADATA | FEATURE_INCOMPAT_EXTENDED_IREF | FEATURE_INCOMPAT_RAID56 |
    FEATURE_INCOMPAT_SKINNY_METADATA | FEATURE_INCOMPAT_NO_HOLES | FEATURE_INCOMPAT_METADATA_UUID |
    FEATURE_INCOMPAT_RAID1C34 | FEATURE_INCOMPAT_ZONED | FEATURE_INCOMPAT_SIMPLE_QUOTA;

BlockCache::Format format_of(const Superblock& super) {
  BlockCache::Format format;
  format.nodesize = super.nodesize;
  format.sectorsize = super.sectorsize;
  format.checksum = checksum_info(super.csum_type);
  bool own_uuid = (super.incompat_flags & FEATURE_INCOMPAT_METADATA_UUID) != 0;
  std::memcpy(format.fsid.data(), own_uuid ? super.metadata_uuid : super.fsid, 16);
  return format;
}

}  // namespace

Result<std::unique_ptr<Filesystem>> Filesystem::open(std::vector<std::unique_ptr<Device>> devices,
                                                     const OpenOptions& options) {
  if (devices.empty()) return error(Code::invalid, "no image was given");
  std::unique_ptr<Filesystem> filesystem(new Filesystem());
  TRY(filesystem->add_devices(std::move(devices)));
  TRY(filesystem->check_features());
  const Superblock& super = filesystem->super();
  filesystem->cache_ =
      std::make_unique<BlockCache>(filesystem->volume_, format_of(super), options.cache_bytes);
  filesystem->forest_ = std::make_unique<CommittedForest>(*filesystem->cache_, super);
  TRY(filesystem->read_system_chunks());
  TRY(filesystem->read_chunk_tree());
  return filesystem;
}

Result<void> Filesystem::add_devices(std::vector<std::unique_ptr<Device>> devices) {
  std::vector<FoundSuperblock> found;
  for (const auto& device : devices) {
    FoundSuperblock& one = found.emplace_back(TRY(find_superblock(*device)));
    for (const SuperblockMirror& mirror : one.mirrors)
      if (!mirror.valid) warnings_.push_back(fmt::format("{}: {}", device->name(), mirror.problem));
    if (super_ == nullptr || one.super->generation > super_->generation) super_ = one.super;
  }
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const Superblock& super = *found[i].super;
    if (std::memcmp(super.fsid, super_->fsid, sizeof super.fsid) != 0)
      return error(Code::invalid, "{} and {} are of different filesystems", devices[0]->name(),
                   devices[i]->name());
    if (super.generation != super_->generation)
      warnings_.push_back(fmt::format("{}: its superblock is of generation {}, others are of {}",
                                      devices[i]->name(), super.generation.value(),
                                      super_->generation.value()));
    TRY(volume_.add_device(super.dev_item.devid, std::move(devices[i])));
  }
  return {};
}

Result<void> Filesystem::check_features() const {
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

Result<void> Filesystem::read_system_chunks() {
  Bytes rest(super().sys_chunk_array, super().sys_chunk_array_size);
  auto bad = [](std::string_view why) {
    return error(Code::corrupt, "system chunk array of the superblock: {}", why);
  };
  while (!rest.empty()) {
    if (rest.size() < sizeof(DiskKey) + sizeof(Chunk)) return bad("ends within an entry");
    Key key = load_struct<DiskKey>(rest).decode();
    auto chunk = load_struct<Chunk>(rest, sizeof(DiskKey));
    std::size_t size = sizeof(Chunk) + std::size_t{chunk.num_stripes} * sizeof(Stripe);
    if (key.type != CHUNK_ITEM_KEY) return bad("holds another item than a chunk");
    if (rest.size() - sizeof(DiskKey) < size) return bad("ends within a chunk");
    TRY(volume_.chunks().insert(
        TRY(parse_chunk(key.offset, rest.subspan(sizeof(DiskKey), size), super().sectorsize))));
    rest = rest.subspan(sizeof(DiskKey) + size);
  }
  return {};
}

Result<void> Filesystem::read_chunk_tree() {
  auto tree = TRY(forest_->root(CHUNK_TREE_OBJECTID));
  std::set<u64> devids;
  Path path;
  bool more = TRY(search_at_or_after(*cache_, tree->pointer(), Key{}, path));
  for (; more; more = TRY(next_item(*cache_, tree->objectid(), path))) {
    Key key = path.key();
    if (key.type == CHUNK_ITEM_KEY) {
      ChunkMapping chunk = TRY(parse_chunk(key.offset, path.item(), super().sectorsize));
      for (const ChunkStripe& stripe : chunk.stripes)
        devids.insert(stripe.devid);
      TRY(volume_.chunks().insert(std::move(chunk)));
    } else if (key.type == DEV_ITEM_KEY) {
      devids.insert(key.offset);
    }
  }
  for (u64 devid : devids)
    if (volume_.device(devid) == nullptr)
      warnings_.push_back(fmt::format("device {} of the filesystem is missing", devid));
  return {};
}

}  // namespace canopy
