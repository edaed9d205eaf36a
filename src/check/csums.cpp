// The checksum tree: its items do not overlap, and each is of data that there is. (That all data
// that should have checksums have them is seen where the files are: inode.cpp.)

#include "check/tree_scan.h"
#include "ondisk/extent_item.h"

namespace canopy {
namespace {

class CsumItems {
 public:
  CsumItems(CheckContext& context, const CheckedTree& csums, const CheckedTree& extents)
      : context_(context), csums_(context, csums), extents_(context, extents) {}

  Result<void> run() {
    const u32 size = context_.cache.format().checksum->size;
    while (TRY(csums_.next())) {
      TRY(context_.advance(0));
      const Key key = csums_.key();
      if (key.objectid != EXTENT_CSUM_OBJECTID || key.type != EXTENT_CSUM_KEY) continue;
      const u64 end = key.offset + csums_.item().size() / size * context_.sectorsize;
      const CheckContext::Place place{key.offset, CSUM_TREE_OBJECTID, key};
      if (key.offset < last_end_)
        context_.error(Problem::csum_item, place, "overlaps the item before it, which ends at {}",
                       last_end_);
      last_end_ = end;
      if (context_.extents_complete) TRY(check_covered(place, key.offset, end));
    }
    if (!csums_.complete()) context_.incomplete_trees.insert(CSUM_TREE_OBJECTID);
    return {};
  }

 private:
  // Goes on in the data extents to those that [from, end) is of.
  Result<void> check_covered(const CheckContext::Place& place, u64 from, u64 end) {
    while (from < end) {
      while (extent_end_ <= from && !at_end_)
        TRY(next_extent());
      const u64 gap_end = at_end_ ? end : std::min(extent_start_, end);
      if (from < gap_end) {
        context_.error(Problem::csum_item, place, "{} to {} have checksums, but are no data", from,
                       gap_end);
        from = gap_end;
      } else {
        from = std::min(extent_end_, end);
      }
    }
    return {};
  }

  Result<void> next_extent() {
    while (TRY(extents_.next())) {
      const Key& key = extents_.key();
      if (key.type != EXTENT_ITEM_KEY) continue;
      const auto item = load_struct<ExtentItem>(extents_.item());
      if ((item.flags & EXTENT_FLAG_DATA) == 0) continue;
      extent_start_ = key.objectid;
      extent_end_ = key.objectid + key.offset;
      return {};
    }
    at_end_ = true;
    return {};
  }

  CheckContext& context_;
  TreeScan csums_;
  TreeScan extents_;
  u64 last_end_ = 0;
  u64 extent_start_ = 0;
  u64 extent_end_ = 0;
  bool at_end_ = false;
};

}  // namespace

Result<void> check_csum_items(CheckContext& context) {
  context.begin(CheckStage::checksums, 0);
  const CheckedTree* csums = context.tree(CSUM_TREE_OBJECTID);
  const CheckedTree* extents = context.tree(EXTENT_TREE_OBJECTID);
  if (csums == nullptr || extents == nullptr) return {};
  return CsumItems(context, *csums, *extents).run();
}

}  // namespace canopy
