#include "send/extent_clone.h"

#include <algorithm>

#include "send/commands.h"
#include "send/current_inode.h"
#include "send/inode_lookup.h"
#include "send/paths.h"

namespace canopy {
namespace {

// The end of a file may only be cloned to the end of a file unless it ends with a sector. The
// receiver's sectors may be of any size, so the kernel takes the largest there are.
constexpr u64 largest_sectorsize = 64 * 1024;

}  // namespace

// What is still to be sent, and from where.
struct ExtentClone::Range {
  const ExtentItemAt& item;
  CloneSource source;
  u64 source_size;  // of the source's file
  u64 offset;       // in the file in hand
  u64 data_offset;  // in the extent
  u64 length;

  void advance(u64 bytes) {
    offset += bytes;
    source.offset += bytes;
    data_offset += bytes;
    length -= bytes;
  }
};

struct ExtentClone::SourceExtent {
  u64 offset;  // in its file
  u64 length;
  u64 data_offset;  // in the extent on disk
  bool same_disk;   // the extent that we are looking for
};

ExtentClone::ExtentClone(SendContext& context, const CurrentInode& inode, Paths& paths,
                         ExtentData& data)
    : context_(context), inode_(inode), paths_(paths), data_(data) {}

Result<void> ExtentClone::send(const ExtentItemAt& item, CloneSource source, u64 length) {
  Range range{item, source, 0, item.key.offset, item.extent.item.offset, length};
  // A single sector at the start of a file may be inline at the receiver, and cannot be cloned
  // then.
  if (source.offset == 0 && length == context_.sectorsize) return send_data(range, 0, length);
  range.source_size = TRY(read_inode(*source.root, source.ino)).size;

  const RootReader& root = *source.root;
  auto is_source = [&](const Key& key) {
    return key.objectid == source.ino && key.type == EXTENT_DATA_KEY;
  };
  Path path;
  bool found = TRY(root.search({source.ino, EXTENT_DATA_KEY, source.offset}, path));
  if (!found && path.slot() > 0 && is_source(path.leaf().key(path.slot() - 1))) --path.slot();
  bool more = path.in_leaf() || TRY(root.next_item(path));
  for (; more && is_source(path.key()); more = TRY(root.next_item(path))) {
    const FileExtentItem extent = TRY(parse_file_extent(path.item(), false)).item;
    const bool is_inline = extent.type == FILE_EXTENT_INLINE;
    SourceExtent at{path.key().offset,
                    is_inline ? round_up_to_page(extent.ram_bytes) : extent.num_bytes.value(),
                    extent.offset, extent.disk_bytenr == item.extent.item.disk_bytenr};
    if (at.offset + at.length <= range.source.offset) continue;
    if (!TRY(step(range, at))) break;
  }
  return range.length > 0 ? send_data(range, 0, range.length) : Result<void>();
}

// Sends what one extent of the source gives; false: the rest of the range is data.
Result<bool> ExtentClone::step(Range& range, const SourceExtent& extent) {
  if (extent.offset > range.source.offset) TRY(send_gap(range, extent.offset));
  if (range.length == 0) return false;
  if (extent.offset >= range.source.offset + range.length) return false;
  if (extent.offset >= range.source_size) return false;

  u64 length = extent.length;
  u64 extent_data = extent.data_offset;
  const bool crosses_end = extent.offset + length > range.source_size;
  if (crosses_end) length = range.source_size - extent.offset;
  if (extent.same_disk) {
    range.source.offset = extent.offset;
    if (extent_data < range.data_offset && extent_data + length > range.data_offset) {
      const u64 skip = range.data_offset - extent_data;
      length -= skip;
      extent_data += skip;
      range.source.offset += skip;
    }
  }
  length = std::min(length, range.length);

  if (extent.same_disk && extent_data == range.data_offset) {
    TRY(send_matching(range, length));
  } else if (crosses_end && length < range.length) {
    return false;  // all in one, rather than cut where the source's file happens to end
  } else {
    TRY(send_data(range, 0, length));
  }
  range.advance(length);
  // The receiver's file ends here so far: behind it nothing can be cloned.
  const bool from_itself = range.source.root->objectid() == context_.send_root.objectid() &&
                           range.source.ino == inode_.ino;
  return range.length > 0 && !(from_itself && range.source.offset >= inode_.next_write_offset);
}

// Where the source has a hole, the range has data that differs from it.
Result<void> ExtentClone::send_gap(Range& range, u64 until) {
  const u64 length = std::min(until - range.source.offset, range.length);
  TRY(send_data(range, 0, length));
  range.advance(length);
  return {};
}

Result<void> ExtentClone::send_matching(Range& range, u64 length) {
  const u64 source_end = range.source.offset + length;
  const bool unaligned_end_into_middle = source_end == range.source_size &&
                                         source_end % largest_sectorsize != 0 &&
                                         range.offset + length < inode_.size;
  if (!unaligned_end_into_middle) return send_clone(range, length);
  const u64 cloned = length - length % largest_sectorsize;
  if (cloned > 0) TRY(send_clone(range, cloned));
  return send_data(range, cloned, length - cloned);
}

Result<void> ExtentClone::send_clone(const Range& range, u64 length) {
  const CloneSource& source = range.source;
  std::string_view path = TRY(paths_.current_inode_path());
  if (source.root->objectid() == context_.send_root.objectid()) {
    const u64 gen = TRY(read_inode(*source.root, source.ino)).gen;
    TRY(paths_.path_of(source.ino, gen, source_path_));
  } else {
    source_path_ = TRY(path_in_root(*source.root, source.ino));
  }
  Writer& writer = context_.writer;
  writer.begin(SendCommand::clone);
  writer.put_u64(SendAttribute::file_offset, range.offset);
  writer.put_u64(SendAttribute::clone_len, static_cast<u32>(length));
  writer.put_text(SendAttribute::path, path);
  writer.put_uuid(SendAttribute::clone_uuid, uuid_for_receiver(source.root->item()));
  writer.put_u64(SendAttribute::clone_ctransid, source.root->item().ctransid);
  writer.put_text(SendAttribute::clone_path, source_path_);
  writer.put_u64(SendAttribute::clone_offset, source.offset);
  return context_.end_command("The extent is shared with a range that the receiver has");
}

Result<void> ExtentClone::send_data(Range& range, u64 skip, u64 length) {
  return data_.send(range.item, range.offset + skip, length,
                    "Of the clone source this part is not the same, or may not be cloned");
}

}  // namespace canopy
