#include "send/extent_item.h"

namespace canopy {
namespace {

Result<FileExtent> extent_in(const Path& path, bool checksummed) {
  auto extent = parse_file_extent(path.item(), checksummed);
  if (!extent.ok()) {
    return std::move(extent).error().at(path.leaf().start()).while_doing(key_text(path.key()));
  }
  return extent;
}

}  // namespace

Result<ExtentItemAt> extent_item_at(const SendContext& context, const Path& path) {
  ExtentItemAt item;
  item.key = path.key();
  auto inode = TRY(context.send_root.find_inode(item.key.objectid));
  bool checksummed = !inode || (inode->flags & INODE_NODATASUM) == 0;
  item.extent = TRY(extent_in(path, checksummed));
  item.leaf_owner = path.leaf().owner();
  item.first_in_leaf = path.slot() == 0;
  item.reloc_trans = context.last_reloc_trans;
  return item;
}

Result<void> renew(const SendContext& context, ExtentItemAt& item) {
  CommittedForest& forest = context.send_root.forest();
  u64 reloc_trans = forest.last_reloc_trans();
  if (reloc_trans == item.reloc_trans || item.extent.is_inline()) return {};
  Path path;
  const RootPointer& root = context.send_root.root().pointer();
  if (!TRY(search_slot(forest.cache(), root, item.key, path))) {
    return error(Code::corrupt, "{} is gone from subvolume {}, which is read-only",
                 key_text(item.key), context.send_root.objectid())
        .as_errno("EUCLEAN");
  }
  item.extent = TRY(extent_in(path, item.extent.checksummed));
  item.reloc_trans = reloc_trans;
  return {};
}

Result<u64> extent_end(const Path& path, u32 sectorsize) {
  auto extent = TRY(extent_in(path, false));
  return extent.is_inline() ? sectorsize : path.key().offset + extent.item.num_bytes;
}

}  // namespace canopy
