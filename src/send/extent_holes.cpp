#include "send/extent_holes.h"

#include <algorithm>
#include <array>

#include "send/current_inode.h"
#include "send/extent_data.h"
#include "send/extent_item.h"
#include "send/paths.h"

namespace canopy {
namespace {

constexpr u32 punch_hole_keep_size = 3;  // FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
constexpr std::array<u8, max_write_data(1)> zeros{};

}  // namespace

ExtentHoles::ExtentHoles(SendContext& context, CurrentInode& inode, Paths& paths)
    : context_(context), inode_(inode), paths_(paths) {}

bool ExtentHoles::is_needed() const {
  return context_.incremental() && !inode_.created && !inode_.new_gen && !inode_.deleted &&
         inode_.is_regular();
}

Result<void> ExtentHoles::before_item(const Path& path) {
  Key key = path.key();
  if (key.objectid != inode_.ino || !is_needed()) return {};
  // In the first slot of a leaf what was last seen may be far back: leaves of this file that both
  // roots share were passed over as a whole.
  if (inode_.last_extent == CurrentInode::unknown ||
      (path.slot() == 0 && inode_.last_extent < key.offset)) {
    TRY(find_last_extent(key.offset - 1));
  }
  if (inode_.last_extent < key.offset && !TRY(is_hole_in_parent(inode_.last_extent, key.offset))) {
    TRY(send_hole(key.offset));
  }
  inode_.last_extent = TRY(extent_end(path, context_.sectorsize));
  return {};
}

Result<void> ExtentHoles::at_end() {
  if (!is_needed()) return {};
  if (inode_.last_extent == CurrentInode::unknown || inode_.last_extent < inode_.size) {
    TRY(find_last_extent(~u64{0}));
  }
  if (inode_.last_extent < inode_.size &&
      !TRY(is_hole_in_parent(inode_.last_extent, inode_.size))) {
    TRY(send_hole(inode_.size));
  }
  return {};
}

// The end of the last extent that begins at or before `offset`; 0 if there is none.
Result<void> ExtentHoles::find_last_extent(u64 offset) {
  inode_.last_extent = 0;
  Path path;
  if (!TRY(context_.send_root.search_at_or_before({inode_.ino, EXTENT_DATA_KEY, offset}, path))) {
    return {};
  }
  Key key = path.key();
  if (key.objectid == inode_.ino && key.type == EXTENT_DATA_KEY) {
    inode_.last_extent = TRY(extent_end(path, context_.sectorsize));
  }
  return {};
}

// An inline extent is never taken for a hole.
Result<bool> ExtentHoles::is_hole_in_parent(u64 start, u64 end) const {
  const RootReader& parent = *context_.parent_root;
  Path path;
  bool found = TRY(parent.search({inode_.ino, EXTENT_DATA_KEY, start}, path));
  if (!found && path.slot() > 0) --path.slot();
  u64 covered = start;  // up to here holes were found
  bool more = path.in_leaf() || TRY(parent.next_item(path));
  for (; more && covered < end; more = TRY(parent.next_item(path))) {
    Key key = path.key();
    if (key.objectid < inode_.ino || key.type < EXTENT_DATA_KEY) continue;
    if (key.objectid > inode_.ino || key.type > EXTENT_DATA_KEY || key.offset >= end) break;
    u64 extent_ends = TRY(extent_end(path, context_.sectorsize));
    if (extent_ends <= start) continue;
    auto extent = TRY(parse_file_extent(path.item(), false));
    if (extent.is_inline() || extent.item.disk_bytenr != 0) return false;
    covered = extent_ends;
  }
  return true;
}

Result<void> ExtentHoles::send_hole(u64 end) {
  if (context_.protocol() >= 2) return punch(end);
  // Zeros behind the end of the file would only be cut off again.
  if (inode_.last_extent >= inode_.size) return {};
  end = std::min(end, inode_.size);
  if (context_.flags.no_data) {
    return send_update_extent(context_, paths_, inode_.last_extent, end - inode_.last_extent,
                              "A hole where the parent had data");
  }
  return write_zeros(end);
}

// Not cut at the end of the file, and sent with --no-data too, as the kernel does.
Result<void> ExtentHoles::punch(u64 end) {
  std::string_view path = TRY(paths_.current_inode_path());
  Writer& writer = context_.writer;
  writer.begin(SendCommand::fallocate);
  writer.put_text(SendAttribute::path, path);
  writer.put_u32(SendAttribute::fallocate_mode, punch_hole_keep_size);
  writer.put_u64(SendAttribute::file_offset, inode_.last_extent);
  writer.put_u64(SendAttribute::size, end - inode_.last_extent);
  return context_.end_command("A hole where the parent had data");
}

Result<void> ExtentHoles::write_zeros(u64 end) {
  std::string_view path = TRY(paths_.current_inode_path());
  Writer& writer = context_.writer;
  u64 offset = inode_.last_extent;
  while (offset < end) {
    u64 length = std::min<u64>(end - offset, zeros.size());
    writer.begin(SendCommand::write);
    writer.put_text(SendAttribute::path, path);
    writer.put_u64(SendAttribute::file_offset, offset);
    writer.put_data({.bytes = Bytes(zeros).first(to_size(length)), .crc = 0});
    TRY(context_.end_command("Zeros for a hole where the parent had data"));
    offset += length;
  }
  inode_.next_write_offset = offset;
  return {};
}

}  // namespace canopy
