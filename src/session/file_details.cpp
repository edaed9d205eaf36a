#include "session/file_details.h"

#include <set>
#include <shared_mutex>

#include "tree/search.h"

namespace canopy {

namespace {

constexpr std::size_t most_extents = 10'000;  // that are listed; all are counted
constexpr u32 extents_at_once = 1'000;        // while commits have to wait

// Goes through the extents, and lets commits pass now and then.
class ExtentWalk {
 public:
  ExtentWalk(Filesystem& filesystem, const FileKey& key, FileDetails& details)
      : filesystem_(filesystem), key_(key), details_(details) {}

  Result<void> run(const std::atomic<bool>& dropped) {
    while (!dropped && TRY(take_some())) {
    }
    return {};
  }

 private:
  // False at the end.
  Result<bool> take_some() {
    CommittedForest& forest = filesystem_.forest();
    std::shared_lock hold(forest.commit_root_semaphore());
    const auto root = TRY(forest.root(key_.place.subvolume));
    if (root == nullptr) return error(Code::not_found, "the subvolume is gone");
    Path path;
    bool more = TRY(search_at_or_after(forest.cache(), root->pointer(),
                                       {key_.place.ino, EXTENT_DATA_KEY, next_}, path));
    for (u32 taken = 0; more; more = TRY(next_item(forest.cache(), key_.place.subvolume, path))) {
      const Key key = path.key();
      if (key.objectid != key_.place.ino || key.type != EXTENT_DATA_KEY) return false;
      if (taken++ == extents_at_once) return true;
      take(key.offset, path);
      if (key.offset == ~u64{0}) return false;
      next_ = key.offset + 1;
    }
    return false;
  }

  void take(u64 offset, const Path& path) {
    const auto item = load_file_extent(path.item());
    if (!item) return;
    details_.extent_count++;
    FileExtentRow row;
    row.offset = offset;
    row.item = *item;
    row.length = row.is_inline() ? item->ram_bytes.value() : item->num_bytes.value();
    count(row, path.item().size());
    if (details_.extents.size() == most_extents) return;
    const ExtentBuffer& leaf = path.leaf();
    row.place.block = {leaf.start(), leaf.generation(), key_.place.subvolume, 0};
    row.place.slot = path.slot();
    if (!row.is_inline() && !row.is_hole()) put_copies(row);
    details_.extents.push_back(std::move(row));
  }

  void count(const FileExtentRow& row, std::size_t item_size) {
    if (row.is_hole() || row.is_reserved()) return;
    if (row.item.compression < details_.extents_by_compression.size()) {
      details_.extents_by_compression[row.item.compression]++;
    }
    if (row.is_inline()) {
      details_.disk_bytes += item_size - FILE_EXTENT_INLINE_DATA_START;
      details_.ram_bytes += row.item.ram_bytes;
    } else if (counted_.size() < 100 * most_extents &&
               counted_.insert(row.item.disk_bytenr).second) {
      details_.disk_bytes += row.item.disk_num_bytes;
      details_.ram_bytes += row.item.ram_bytes;
    }
  }

  void put_copies(FileExtentRow& row) {
    const u64 logical = row.item.disk_bytenr;
    const auto chunk = filesystem_.volume().chunks().find(logical);
    if (chunk == nullptr) return;
    for (u32 mirror = 1; mirror <= chunk->profile->copies; mirror++) {
      const StripePlace place = place_in_chunk(*chunk, logical, mirror);
      row.copies.push_back({chunk->stripes[place.stripe].devid, place.physical});
    }
  }

  Filesystem& filesystem_;
  const FileKey& key_;
  FileDetails& details_;
  u64 next_ = 0;  // offset in the file
  std::set<u64> counted_;
};

}  // namespace

FileDetails read_file_details(Filesystem& filesystem, const FileKey& key,
                              const std::atomic<bool>& dropped) {
  FileDetails details;
  const auto read = [&]() -> Result<void> {
    const u64 ino = key.place.ino;
    const SubvolumeFiles files =
        TRY(SubvolumeFiles::open(filesystem.forest(), key.place.subvolume));
    details.place = TRY(find_item(filesystem, key.place.subvolume, {ino, INODE_ITEM_KEY, 0}));
    details.inode = TRY(files.read_inode(ino));
    details.paths = TRY(files.paths(ino));
    if (!details.paths.empty() && ino != SubvolumeFiles::ROOT_INO) {
      const std::string& path = details.paths.front();
      const std::size_t slash = path.rfind('/');
      const DirectoryEntry folder = TRY(files.find(path.substr(0, slash == path.npos ? 0 : slash)));
      details.folder = FilePlace{key.place.subvolume, folder.ino};
    }
    details.xattrs = TRY(files.xattrs(ino));
    const u32 kind = details.inode->mode & MODE_TYPE_MASK;
    if (kind == MODE_SYMLINK) details.target = TRY(files.symlink_target(ino));
    if (kind != MODE_REGULAR && kind != MODE_SYMLINK) return {};
    return ExtentWalk(filesystem, key, details).run(dropped);
  };
  if (const Result<void> result = read(); !result.ok()) {
    details.problem = result.error().to_string();
  }
  return details;
}

const char* compression_name(u8 compression) {
  constexpr std::array names = {"none", "zlib", "lzo", "zstd"};
  return compression < names.size() ? names[compression] : "unknown";
}

}  // namespace canopy
