#include "files/data_checksums.h"

#include <algorithm>

#include "tree/committed_forest.h"

namespace canopy {
namespace {

Key csum_key(u64 logical) { return {EXTENT_CSUM_OBJECTID, EXTENT_CSUM_KEY, logical}; }

bool is_csum(const Key& key) {
  return key.objectid == EXTENT_CSUM_OBJECTID && key.type == EXTENT_CSUM_KEY;
}

}  // namespace

DataChecksums::DataChecksums(CommittedForest& forest)
    : forest_(forest),
      sectorsize_(forest.cache().format().sectorsize),
      size_(forest.cache().format().checksum->size) {}

// Makes path_ a leaf in which the place of `logical` is; false if there is no checksum tree.
Result<bool> DataChecksums::find_leaf(u64 logical) {
  if (path_.nodes[0] != nullptr && generation_ == forest_.generation()) {
    const ExtentBuffer& leaf = path_.leaf();
    u32 count = leaf.nritems();
    if (count > 0 && leaf.key(0) <= csum_key(logical)) {
      // Inside this leaf if another item follows, or the last one reaches that far.
      Key last = leaf.key(count - 1);
      u64 last_end = last.offset + u64{leaf.item_size(count - 1)} / size_ * sectorsize_;
      if (csum_key(logical) <= last || (is_csum(last) && logical < last_end)) return true;
    }
  }
  auto root = TRY(forest_.root(CSUM_TREE_OBJECTID));
  if (root == nullptr) return false;
  generation_ = forest_.generation();
  TRY(search_slot(forest_.cache(), root->pointer(), csum_key(logical), path_));
  return true;
}

Result<DataChecksums::Run> DataChecksums::run_at(u64 logical, u64 max_sectors) {
  Run none{max_sectors, {}};
  if (!TRY(find_leaf(logical))) return none;
  const ExtentBuffer& leaf = path_.leaf();
  bool found = false;
  u32 slot = leaf.lower_bound(csum_key(logical), found);
  if (!found && slot > 0) {
    // The item before may reach over this sector.
    Key key = leaf.key(slot - 1);
    u64 sums = leaf.item_size(slot - 1) / size_;
    if (is_csum(key) && logical - key.offset < sums * sectorsize_) {
      --slot;
      found = true;
    }
  }
  if (found) {
    u64 index = (logical - leaf.key(slot).offset) / sectorsize_;
    u64 sums = leaf.item_size(slot) / size_;
    if (index < sums) {
      u64 sectors = std::min(sums - index, max_sectors);
      return Run{sectors,
                 leaf.item(slot).subspan(to_size(index * size_), to_size(sectors * size_))};
    }
    ++slot;  // an empty item
  }
  // Nothing for this sector: until where?
  path_.slot() = slot;
  if (!path_.in_leaf() && !TRY(next_leaf(forest_.cache(), CSUM_TREE_OBJECTID, path_))) return none;
  Key next = path_.key();
  if (is_csum(next) && next.offset > logical)
    none.sectors = std::clamp<u64>((next.offset - logical) / sectorsize_, 1, max_sectors);
  return none;
}

}  // namespace canopy
