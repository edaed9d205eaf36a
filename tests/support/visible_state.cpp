#include "support/visible_state.h"

#include <algorithm>
#include <numeric>

#include "checksum/checksum.h"
#include "commit/csum_items.h"
#include "ondisk/file_extent.h"

namespace canopy {
namespace {

class Walk {
 public:
  explicit Walk(Filesystem& filesystem) : filesystem_(filesystem) {}

  Result<VisibleState> run() {
    CommittedForest& forest = filesystem_.forest();
    auto csum_root = TRY(forest.root(CSUM_TREE_OBJECTID));
    if (csum_root != nullptr) csum_tree_ = csum_root->pointer();
    auto root_tree = TRY(forest.root(ROOT_TREE_OBJECTID));
    std::vector<u64> ids;
    Path path;
    bool more = TRY(search_at_or_after(forest.cache(), root_tree->pointer(), Key{}, path));
    for (; more; more = TRY(next_item(forest.cache(), ROOT_TREE_OBJECTID, path)))
      if (path.key().type == ROOT_ITEM_KEY && is_subvolume_id(path.key().objectid))
        ids.push_back(path.key().objectid);
    for (u64 id : ids) {
      auto root = TRY(forest.root(id));
      if (root->is_dead()) continue;
      mix(id);
      TRY(block(TRY(read_root(forest.cache(), root->pointer())), id));
    }
    return std::move(state_);
  }

 private:
  void mix(u64 value) {
    state_.hash = (state_.hash ^ value) * 0x9e3779b97f4a7c15u;
    state_.hash ^= state_.hash >> 29;
  }
  void mix(Bytes bytes) {
    mix(bytes.size());
    for (u8 byte : bytes)
      mix(byte);
  }

  // What is reached again is mixed in by its number alone: sharing counts.
  Result<void> block(const BlockRef& block, u64 tree) {
    auto [known, is_new] = numbers_.try_emplace(block->start(), numbers_.size());
    mix(known->second);
    if (!is_new) return {};
    ++state_.blocks;
    state_.addresses[block->level()].push_back(block->start());
    mix(block->owner());
    for (u32 slot = 0; slot < block->nritems(); ++slot) {
      Key key = block->key(slot);
      mix(key.objectid), mix(key.type), mix(key.offset);
      if (block->is_leaf()) {
        TRY(item(key, block->item(slot)));
      } else {
        TRY(this->block(TRY(filesystem_.cache().read_child(*block, slot, tree)), tree));
      }
    }
    return {};
  }

  Result<void> item(const Key& key, Bytes data) {
    if (key.type != EXTENT_DATA_KEY || data.size() < sizeof(FileExtentItem)) {
      mix(data);
      return {};
    }
    auto extent = load_struct<FileExtentItem>(data);
    if (extent.type == FILE_EXTENT_INLINE || extent.disk_bytenr == 0) {
      mix(data);
      return {};
    }
    u64 bytenr = extent.disk_bytenr, length = extent.disk_num_bytes;
    extent.disk_bytenr = 0;
    mix(as_bytes(extent));
    auto [known, is_new] = numbers_.try_emplace(bytenr, numbers_.size());
    mix(known->second);
    if (!is_new) return {};
    ++state_.extents;
    std::vector<u8> bytes(static_cast<std::size_t>(length));
    TRY(filesystem_.volume().read(bytenr, bytes, 1));
    mix(bytes);
    return csums(bytenr, length);
  }

  Result<void> csums(u64 bytenr, u64 length) {
    if (csum_tree_.bytenr == 0) return {};
    const BlockCache::Format& format = filesystem_.cache().format();
    CsumFormat csum_format{format.sectorsize, format.checksum->size, format.nodesize};
    for (const CsumRun& run :
         TRY(find_csums(filesystem_.cache(), csum_tree_, csum_format, bytenr, length))) {
      // How items divide them is nobody's concern.
      for (std::size_t at = 0; at < run.csums.size(); at += csum_format.csum_size) {
        mix(run.logical - bytenr + at / csum_format.csum_size * format.sectorsize);
        mix(Bytes(run.csums).subspan(at, csum_format.csum_size));
      }
    }
    return {};
  }

  Filesystem& filesystem_;
  RootPointer csum_tree_;
  std::map<u64, u64> numbers_;  // of blocks and extents, by address
  VisibleState state_;
};

// The positions of the addresses, sorted by address.
std::vector<std::size_t> order_of(const std::vector<u64>& addresses) {
  std::vector<std::size_t> order(addresses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return addresses[i]; });
  return order;
}

}  // namespace

Result<VisibleState> visible_state(Filesystem& filesystem) { return Walk(filesystem).run(); }

bool same_address_order(const VisibleState& before, const VisibleState& after) {
  if (before.addresses.size() != after.addresses.size()) return false;
  return std::ranges::all_of(before.addresses, [&](const auto& level) {
    auto found = after.addresses.find(level.first);
    return found != after.addresses.end() && order_of(level.second) == order_of(found->second);
  });
}

}  // namespace canopy
