#include "files/file_contents.h"

#include <algorithm>
#include <cstring>
#include <shared_mutex>

namespace canopy {
namespace {

// How much of an extent is read in one go; more is read in pieces.
constexpr u64 PIECE = 1u << 20;

// How far the extent reaches in the file.
u64 length_of(const FileExtent& extent) {
  return extent.is_inline() ? extent.item.ram_bytes.value() : extent.item.num_bytes.value();
}

}  // namespace

FileContents::FileContents(const SubvolumeFiles& files) : files_(files), reader_(files.forest()) {}

Result<bool> FileContents::may_have_checksums(u64 ino) {
  if (ino != last_ino_) {
    const InodeItem inode = TRY(files_.read_inode(ino));
    last_checksummed_ = (inode.flags & INODE_NODATASUM) == 0;
    last_ino_ = ino;
  }
  return last_checksummed_;
}

Result<void> FileContents::read(u64 ino, u64 offset, MutableBytes out) {
  const bool checksummed = TRY(may_have_checksums(ino));
  std::memset(out.data(), 0, out.size());
  const u64 end = offset + out.size();
  for (u64 begin = offset; begin < end; begin += std::min(PIECE, end - begin)) {
    const u64 piece_end = begin + std::min(PIECE, end - begin);
    const MutableBytes piece = out.subspan(static_cast<std::size_t>(begin - offset),
                                           static_cast<std::size_t>(piece_end - begin));
    CommittedForest& forest = files_.forest();
    std::shared_lock hold(forest.commit_root_semaphore());
    const RootPointer& root = files_.root().pointer();
    Path path;
    // The extent that begins at or before the piece, then those behind it.
    const Key first{ino, EXTENT_DATA_KEY, begin};
    bool more = TRY(search_at_or_before(forest.cache(), root, first, path));
    if (!more) more = TRY(search_at_or_after(forest.cache(), root, first, path));
    for (; more; more = TRY(next_item(forest.cache(), files_.id(), path))) {
      const Key key = path.key();
      if (key < Key{ino, EXTENT_DATA_KEY, 0}) continue;
      if (key.objectid != ino || key.type != EXTENT_DATA_KEY || key.offset >= piece_end) break;
      const FileExtent extent = TRY(parse_file_extent(path.item(), checksummed));
      auto copied = copy_extent(key, extent, begin, piece);
      Losses* const losses = forest.cache().losses();
      if (!copied.ok() && losses != nullptr) {
        losses->add(LostFile{files_.id(), ino, "", copied.error().to_string()});
      } else if (!copied.ok()) {
        return std::move(copied).error().while_doing(
            fmt::format("inode {} of subvolume {}", ino, files_.id()));
      }
    }
  }
  return {};
}

// Copies the part of the extent that lies in [offset, offset + out.size()) of the file.
Result<void> FileContents::copy_extent(const Key& key, const FileExtent& extent, u64 offset,
                                       MutableBytes out) {
  const u64 length = length_of(extent);
  if (extent.is_zeros() || key.offset + length < key.offset) return {};
  const u64 begin = std::max(key.offset, offset);
  const u64 end = std::min(key.offset + length, offset + out.size());
  if (begin >= end) return {};
  spans_.clear();
  TRY(reader_.read(extent, begin - key.offset, end - begin, spans_));
  u8* to = out.data() + (begin - offset);
  u64 left = end - begin;
  for (const DataSpan& span : spans_) {
    const auto size = static_cast<std::size_t>(std::min<u64>(span.bytes.size(), left));
    std::memcpy(to, span.bytes.data(), size);
    to += size;
    left -= size;
  }
  return {};
}

}  // namespace canopy
