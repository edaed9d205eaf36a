#include "send/extent_unchanged.h"

namespace canopy {
namespace {

//       |-----L-----|            L: the item, "left"; 1 to 8: items of the parent root, "right"
// |-1-|-2-|-3-|-4-|-5-|-6-|      2 is where the comparison begins
// |-----------7-----------|      an extent that was split since
// |-8-|                          the parent's file ends before L
struct Right {
  Key key;
  FileExtentItem item;

  u64 length() const {
    return item.type == FILE_EXTENT_INLINE ? round_up_to_page(item.ram_bytes)
                                           : item.num_bytes.value();
  }
};

Result<Right> right_at(const Path& path) {
  return Right{path.key(), TRY(parse_file_extent(path.item(), false)).item};
}

bool is_same_space(const ExtentItemAt& left, const Right& right) {
  const FileExtentItem& item = left.extent.item;
  u64 left_offset = item.offset;
  u64 right_offset = right.item.offset;
  if (right.key.offset < left.key.offset) {
    right_offset += left.key.offset - right.key.offset;
  } else {
    left_offset += right.key.offset - left.key.offset;
  }
  return item.disk_bytenr == right.item.disk_bytenr && left_offset == right_offset &&
         item.generation == right.item.generation;
}

}  // namespace

Result<bool> is_extent_unchanged(const RootReader& parent_root, const ExtentItemAt& item) {
  if (item.extent.item.type != FILE_EXTENT_REG) return false;
  const bool is_hole = item.extent.item.disk_bytenr == 0;
  const u64 left_end = item.key.offset + item.extent.item.num_bytes;
  auto is_ours = [&](const Path& path) {
    Key key = path.key();
    return key.objectid == item.key.objectid && key.type == EXTENT_DATA_KEY;
  };

  Path path;
  if (!TRY(parent_root.search_at_or_before(item.key, path))) return false;
  if (!is_ours(path)) return is_hole;
  u64 reached = path.key().offset;
  while (reached < left_end) {
    Right right = TRY(right_at(path));
    if (right.item.type != FILE_EXTENT_REG && right.item.type != FILE_EXTENT_INLINE) return false;
    if (reached + right.length() <= item.key.offset) return is_hole;
    if (right.item.type == FILE_EXTENT_INLINE) return false;
    if (!is_same_space(item, right)) return false;
    reached += right.length();
    if (!TRY(parent_root.next_item(path)) || !is_ours(path)) break;
    if (path.key().offset != reached) return false;
  }
  return reached >= left_end;
}

}  // namespace canopy
