#include "check/inode.h"

#include <algorithm>

#include "ondisk/file_extent.h"
#include "tree/items.h"

namespace canopy {
namespace {

u8 type_of_mode(u32 mode) {
  switch (mode & MODE_TYPE_MASK) {
    case MODE_REGULAR:
      return FT_REG_FILE;
    case MODE_DIRECTORY:
      return FT_DIR;
    case MODE_CHARACTER:
      return FT_CHRDEV;
    case MODE_BLOCK:
      return FT_BLKDEV;
    case MODE_FIFO:
      return FT_FIFO;
    case MODE_SOCKET:
      return FT_SOCK;
    case MODE_SYMLINK:
      return FT_SYMLINK;
    default:
      return FT_UNKNOWN;
  }
}

// Objectids of a subvolume that are no inodes.
bool is_inode(u64 objectid) {
  return objectid >= FIRST_FREE_OBJECTID && objectid <= LAST_FREE_OBJECTID;
}

}  // namespace

InodeCheck::InodeCheck(CheckContext& context, const CheckedTree& tree, Links& links, bool report)
    : context_(context),
      tree_(tree),
      links_(links),
      report_(report),
      no_holes_((context.super().incompat_flags & FEATURE_INCOMPAT_NO_HOLES) != 0),
      checksums_(context.forest) {}

void InodeCheck::begin(const Key& key, u64 leaf) {
  any_ = true;
  ino_ = key.objectid;
  leaf_ = leaf;
  has_item_ = false;
  item_ = InodeItem{};
  names_ = entry_bytes_ = extents_end_ = extent_bytes_ = 0;
  is_in_itself_ = has_entries_ = has_extents_ = has_gap_ = has_csums_ = lacks_csums_ = false;
}

Result<void> InodeCheck::add(const Key& key, Bytes item, u64 leaf) {
  if (!any_ || key.objectid != ino_) {
    TRY(finish());
    begin(key, leaf);
  }
  switch (key.type) {
    case INODE_ITEM_KEY:
      has_item_ = true;
      item_ = load_struct<InodeItem>(item);
      return {};
    case INODE_REF_KEY:
    case INODE_EXTREF_KEY:
      add_names(key, item);
      return {};
    case DIR_ITEM_KEY:
    case DIR_INDEX_KEY:
      add_entries(key, item);
      return {};
    case EXTENT_DATA_KEY:
      return report_ ? add_extent(key, item) : Result<void>();
    case XATTR_ITEM_KEY:
    case VERITY_DESC_ITEM_KEY:
    case VERITY_MERKLE_ITEM_KEY:
      return {};
    default:
      if (report_ && is_inode(key.objectid))
        context_.error(Problem::wrong_item, {leaf, tree_.root.tree, key},
                       "an inode has no such items");
      return {};
  }
}

void InodeCheck::add_names(const Key& key, Bytes item) {
  const u8 type = type_of_mode(item_.mode);
  while (!item.empty()) {
    u64 dir = key.offset;
    u64 index = 0;
    std::size_t start = 0;
    std::size_t length = 0;
    if (key.type == INODE_REF_KEY) {
      const auto ref = load_struct<InodeRef>(item);
      start = sizeof ref;
      index = ref.index;
      length = ref.name_len;
    } else {
      const auto ref = load_struct<InodeExtref>(item);
      start = sizeof ref;
      dir = ref.parent_objectid;
      index = ref.index;
      length = ref.name_len;
    }
    const std::string_view name = as_text(item.subspan(start, length));
    item = item.subspan(start + length);
    // The root directory is in itself, as "..".
    if (dir == ino_) {
      is_in_itself_ |= name == "..";
      continue;
    }
    ++names_;
    links_.add_inode_ref(dir, index, name, ino_, type);
  }
}

void InodeCheck::add_entries(const Key& key, Bytes item) {
  has_entries_ = true;
  DirEntries entries(item);
  for (;;) {
    auto entry = entries.next();
    if (!entry.ok() || !entry.value()) return;
    const DirEntry& found = *entry.value();
    entry_bytes_ += found.name.size();
    // Of a deleted directory nothing is kept up.
    if (has_item_ && item_.nlink == 0) continue;
    if (key.type == DIR_INDEX_KEY) {
      links_.add_dir_index(ino_, key.offset, found.name, found.location.objectid, found.type,
                           found.is_subvolume());
    } else {
      links_.add_dir_item(ino_, found.name, found.location.objectid, found.type);
    }
  }
}

Result<void> InodeCheck::add_extent(const Key& key, Bytes item) {
  const auto loaded = load_file_extent(item);
  if (!loaded) return {};
  const FileExtentItem& extent = *loaded;
  const CheckContext::Place at{leaf_, tree_.root.tree, key};
  has_extents_ = true;
  if (key.offset < extents_end_)
    context_.error(Problem::file_extent, at, "overlaps the extent before it, which ends at {}",
                   extents_end_);
  if (key.offset > extents_end_) has_gap_ = true;
  if (extent.type == FILE_EXTENT_INLINE) {
    check_inline(key, item, extent.ram_bytes, extent.compression != COMPRESS_NONE);
    const u64 sector = context_.sectorsize;
    extent_bytes_ += extent.ram_bytes;
    extents_end_ = key.offset + (extent.ram_bytes + sector - 1) / sector * sector;
    return {};
  }
  const bool compressed = extent.compression != COMPRESS_NONE;
  const bool preallocated = extent.type == FILE_EXTENT_PREALLOC;
  if (extent.num_bytes == 0 || extent.num_bytes % context_.sectorsize != 0)
    context_.error(Problem::file_extent, at, "{} bytes long", extent.num_bytes.value());
  if (extent.disk_bytenr != 0 && extent.num_bytes + extent.offset > extent.ram_bytes)
    context_.error(Problem::file_extent, at, "uses bytes behind the {} that the extent has",
                   extent.ram_bytes.value());
  if (compressed && preallocated)
    context_.error(Problem::file_extent, at, "reserved, and yet compressed");
  if (compressed && (item_.flags & INODE_NODATASUM) != 0)
    context_.error(Problem::file_extent, at, "compressed, but the file has no checksums");
  if ((item_.mode & MODE_TYPE_MASK) == MODE_SYMLINK)
    context_.error(Problem::file_extent, at, "the target of a symbolic link is not inline");
  extents_end_ = key.offset + extent.num_bytes;
  if (extent.disk_bytenr == 0) return {};
  extent_bytes_ += extent.num_bytes;
  // The data relocation tree may hold reserved extents as if they were written.
  if (preallocated || tree_.root.tree == DATA_RELOC_TREE_OBJECTID) return {};
  const u64 start = extent.disk_bytenr + (compressed ? 0 : extent.offset.value());
  const u64 length = compressed ? extent.disk_num_bytes.value() : extent.num_bytes.value();
  const u64 found = TRY(count_csums(start, length));
  has_csums_ |= found > 0;
  lacks_csums_ |= found < length;
  return {};
}

void InodeCheck::check_inline(const Key& key, Bytes item, u64 ram_bytes, bool compressed) {
  const CheckContext::Place at{leaf_, tree_.root.tree, key};
  const u64 stored = item.size() - FILE_EXTENT_INLINE_DATA_START;
  if (ram_bytes == 0) context_.error(Problem::file_extent, at, "an inline extent of no length");
  const u64 most = context_.sectorsize - (compressed ? 0 : 1);
  if (ram_bytes > most || stored > context_.sectorsize - 1)
    context_.error(Problem::file_extent, at, "an inline extent of {} bytes", ram_bytes);
  if (!compressed && stored != ram_bytes)
    context_.error(Problem::file_extent, at, "an inline extent of {} bytes with {} of data",
                   ram_bytes, stored);
}

// How many bytes of the range have checksums.
Result<u64> InodeCheck::count_csums(u64 bytenr, u64 length) {
  u64 found = 0;
  const u64 sector = context_.sectorsize;
  if (bytenr % sector != 0) return found;
  for (u64 done = 0; done < length / sector;) {
    auto run = checksums_.run_at(bytenr + done * sector, length / sector - done);
    if (!run.ok()) return length;  // the tree is damaged, and that was said
    if (!run.value().sums.empty()) found += run.value().sectors * sector;
    done += run.value().sectors;
  }
  return found;
}

Result<void> InodeCheck::finish() {
  if (!any_) return {};
  any_ = false;
  if (!report_ || !is_inode(ino_)) return {};
  if (!has_item_) {
    error(Problem::inode, "there is no inode item");
    return {};
  }
  const u64 limit = context_.super().generation + 1;
  if (item_.generation > limit || item_.transid > limit)
    error(Problem::inode, "generation {}, transid {}, but the filesystem's is {}",
          item_.generation.value(), item_.transid.value(), limit - 1);
  if (type_of_mode(item_.mode) == FT_UNKNOWN || (item_.mode & ~(MODE_TYPE_MASK | 07777u)) != 0)
    error(Problem::inode, "mode {:o}", item_.mode.value());
  const u64 wanted = ino_ == FIRST_FREE_OBJECTID ? 1 : names_;
  if (ino_ == FIRST_FREE_OBJECTID && names_ != 0)
    error(Problem::inode, "the root directory is in another directory");
  if (ino_ == FIRST_FREE_OBJECTID && !is_in_itself_)
    error(Problem::inode, "the root directory is not in itself, as \"..\"");
  if (item_.nlink != wanted)
    error(Problem::inode, "link count {}, but {} names", item_.nlink.value(), wanted);
  if (item_.nlink == 0) return check_without_links();
  if ((item_.mode & MODE_TYPE_MASK) == MODE_DIRECTORY) {
    check_directory();
  } else {
    check_file();
  }
  return {};
}

// An inode that nobody links to is there until its orphan item is dealt with.
Result<void> InodeCheck::check_without_links() {
  Path path;
  auto found =
      search_slot(context_.cache, tree_.root, {ORPHAN_OBJECTID, ORPHAN_ITEM_KEY, ino_}, path);
  if (found.ok() && !found.value())
    error(Problem::inode, "no links, and no orphan item to say that it is to be deleted");
  return {};
}

void InodeCheck::check_directory() {
  if (item_.size != entry_bytes_)
    error(Problem::directory, "size {}, but its names have {} bytes", item_.size.value(),
          entry_bytes_);
  if (item_.nlink != 1) error(Problem::directory, "link count {}", item_.nlink.value());
  if (has_extents_) error(Problem::directory, "the directory has file extents");
}

void InodeCheck::check_file() {
  const u32 type = item_.mode & MODE_TYPE_MASK;
  if (has_entries_) error(Problem::inode, "holds names, but is no directory");
  if (type != MODE_REGULAR && type != MODE_SYMLINK) return;
  if (item_.nbytes != extent_bytes_)
    error(Problem::inode, "nbytes {}, but its extents have {}", item_.nbytes.value(),
          extent_bytes_);
  if (!no_holes_ && item_.size > 0 && (has_gap_ || extents_end_ < item_.size))
    error(Problem::file_extent, "extents are missing: holes have items on this filesystem");
  const bool nodatasum = (item_.flags & INODE_NODATASUM) != 0;
  if (has_csums_ && nodatasum) error(Problem::csum_item, "the file should have no checksums");
  if (lacks_csums_ && !nodatasum && !context_.incomplete_trees.contains(CSUM_TREE_OBJECTID))
    error(Problem::csum_item, "some data have no checksums");
}

}  // namespace canopy
