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
  CommittedForest& forest = context.send_root.forest();
  if (!forest.protections().has(Protection::revalidation)) {
    HoldCommitRoots hold(forest);
    item.address = where_it_lies(context, item).item.disk_bytenr;
  }
  return item;
}

FileExtent where_it_lies(const SendContext& context, const ExtentItemAt& item) {
  FileExtent extent = item.extent;
  if (extent.is_inline() || extent.item.disk_bytenr == 0) return extent;
  const Renaming& renaming = context.send_root.forest().renaming();
  extent.item.disk_bytenr =
      item.address != 0 ? item.address : renaming.address_of(extent.item.disk_bytenr);
  return extent;
}

Result<u64> extent_end(const Path& path, u32 sectorsize) {
  auto extent = TRY(extent_in(path, false));
  return extent.is_inline() ? sectorsize : path.key().offset + extent.item.num_bytes;
}

}  // namespace canopy
