#include "filesystem/stripe_tree.h"

#include "ondisk/persistent_items.h"

namespace canopy {
namespace {

StripeExtent parse_stripe_extent(const Path& path) {
  StripeExtent extent{path.key().objectid, path.key().offset, {}};
  for (std::size_t at = 0; at + sizeof(RaidStride) <= path.item().size();
       at += sizeof(RaidStride)) {
    const auto stride = load_struct<RaidStride>(path.item(), at);
    extent.strides.push_back({stride.devid, stride.physical});
  }
  return extent;
}

}  // namespace

Result<std::optional<StripeExtent>> find_stripe_extent(BlockCache& cache, const RootPointer& root,
                                                       u64 logical) {
  Path path;
  const Key last{logical, RAID_STRIPE_KEY, ~u64{0}};
  if (!TRY(search_at_or_before(cache, root, last, path))) return std::optional<StripeExtent>();
  const Key key = path.key();
  if (key.type != RAID_STRIPE_KEY || logical - key.objectid >= key.offset)
    return std::optional<StripeExtent>();
  return std::optional(parse_stripe_extent(path));
}

Result<std::optional<u64>> find_in_stripes(BlockCache& cache, const RootPointer& root, u64 devid,
                                           u64 physical, u64 from, u64 end) {
  Path path;
  bool more = TRY(search_at_or_after(cache, root, Key{from, RAID_STRIPE_KEY, 0}, path));
  for (; more && path.key().objectid < end; more = TRY(next_item(cache, root.tree, path))) {
    if (path.key().type != RAID_STRIPE_KEY) continue;
    const StripeExtent extent = parse_stripe_extent(path);
    for (const StripeExtent::Stride& stride : extent.strides) {
      if (stride.devid != devid || physical < stride.physical) continue;
      if (physical - stride.physical < extent.length)
        return std::optional(extent.logical + (physical - stride.physical));
    }
  }
  return std::optional<u64>();
}

}  // namespace canopy
