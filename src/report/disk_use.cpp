#include "report/disk_use.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "backref/extent_refs.h"
#include "base/range_set.h"
#include "files/extent_reader.h"
#include "files/found_path.h"
#include "report/size_text.h"

namespace canopy {
namespace {

struct Sums {
  u64 total = 0;
  u64 shared = 0;

  Sums& operator+=(const Sums& other) {
    total += other.total;
    shared += other.shared;
    return *this;
  }
};

// Whether tree blocks and extents have more than one reference.
class Sharing {
 public:
  Sharing(CommittedForest& forest, std::shared_ptr<const CommittedRoot> extent_root)
      : forest_(forest), extent_root_(std::move(extent_root)) {}

  // Apart from what is shared because the leaf is: that is is_reached_twice().
  Result<bool> has_other_references(u64 bytenr, u64 root, u64 ino) {
    const bool found =
        TRY(read_extent_refs(forest_.cache(), *extent_root_, bytenr, nullptr, refs_));
    if (!found || refs_.refs.size() != 1) return refs_.refs.size() > 1;
    const ExtentRef& ref = refs_.refs[0];
    return ref.type == EXTENT_DATA_REF_KEY && (ref.root != root || ref.objectid != ino);
  }

  // Any block of the path, from a root of `root` to the leaf.
  Result<bool> is_reached_twice(const Path& path, u64 root) {
    for (const BlockRef& block : path.nodes)
      if (block != nullptr && TRY(is_shared_block(block->start(), root))) return true;
    return false;
  }

 private:
  Result<bool> is_shared_block(u64 bytenr, u64 root) {
    if (auto known = blocks_.find(bytenr); known != blocks_.end()) return known->second;
    const bool found =
        TRY(read_extent_refs(forest_.cache(), *extent_root_, bytenr, nullptr, refs_));
    bool shared = found && refs_.refs.size() > 1;
    if (found && refs_.refs.size() == 1)
      shared = refs_.refs[0].type == TREE_BLOCK_REF_KEY && refs_.refs[0].root != root;
    blocks_.emplace(bytenr, shared);
    return shared;
  }

  CommittedForest& forest_;
  std::shared_ptr<const CommittedRoot> extent_root_;
  std::unordered_map<u64, bool> blocks_;
  ExtentRefs refs_;
};

class Reader final : public DiskUseReader {
 public:
  Reader(Filesystem& filesystem, const SubvolumeList& list,
         std::shared_ptr<const CommittedRoot> extent_root)
      : forest_(filesystem.forest()),
        list_(list),
        sharing_(filesystem.forest(), std::move(extent_root)) {}

  Result<DiskUse> read(const std::string& path,
                       const std::function<void(const DiskUse&)>& each) override {
    each_ = each;
    seen_.clear();
    shared_ = RangeSet();
    FoundPath found = TRY(find_path(forest_, list_, path));
    if (found.entry.type == FT_SYMLINK)
      return error(Code::invalid, "{} is a symbolic link, which is not followed", path);
    if (found.entry.type == FT_REG_FILE) {
      const Sums sums = TRY(add_file(found.files, found.entry.ino));
      return whole(sums, sums.shared, path);
    }
    if (found.entry.type == FT_DIR && !found.entry.is_subvolume)
      return read_directory(std::make_shared<SubvolumeFiles>(std::move(found.files)),
                            found.entry.ino, path);
    return whole({}, 0, path);  // of a subvolume in a snapshot, where it is an empty directory
  }

 private:
  // A directory that is being walked.
  struct Level {
    std::shared_ptr<SubvolumeFiles> files;
    std::vector<DirectoryEntry> entries;
    std::size_t next = 0;
    u64 ino = 0;
    std::string path;
    Sums sums;
  };

  Result<DiskUse> read_directory(const std::shared_ptr<SubvolumeFiles>& files, u64 ino,
                                 const std::string& path) {
    seen_.insert({files->id(), ino});
    std::vector<Level> levels;
    levels.push_back({files, TRY(files->list(ino)), 0, ino, path, {}});
    while (true) {
      Level& level = levels.back();
      if (level.next < level.entries.size()) {
        TRY(enter(levels, level.entries[level.next++]));
        continue;
      }
      const Sums sums = level.sums;
      if (levels.size() == 1) break;
      tell(sums, level.path);
      levels.pop_back();
      levels.back().sums += sums;
    }
    return whole(levels.back().sums, shared_.total_bytes(), path);
  }

  Result<void> enter(std::vector<Level>& levels, const DirectoryEntry& entry) {
    Level& level = levels.back();
    const std::string path =
        level.path + (level.path.empty() || level.path.ends_with('/') ? "" : "/") + entry.name;
    if (entry.is_subvolume) {
      const Subvolume* subvolume = list_.find(entry.ino);
      const bool is_here = subvolume != nullptr && subvolume->parent_id == level.files->id() &&
                           subvolume->dirid == level.ino && subvolume->name == entry.name;
      // Of subvolumes in it a snapshot has only empty directories.
      if (!is_here) {
        tell({}, path);
        return {};
      }
      auto files = std::make_shared<SubvolumeFiles>(TRY(SubvolumeFiles::open(forest_, entry.ino)));
      return enter_directory(levels, std::move(files), SubvolumeFiles::ROOT_INO, path);
    }
    if (entry.type == FT_DIR) return enter_directory(levels, level.files, entry.ino, path);
    if (entry.type != FT_REG_FILE || !seen_.insert({level.files->id(), entry.ino}).second)
      return {};
    const Sums sums = TRY(add_file(*level.files, entry.ino));
    tell(sums, path);
    level.sums += sums;
    return {};
  }

  // REQUIRES: `path` is no part of a level. Invalidates references to levels.
  Result<void> enter_directory(std::vector<Level>& levels, std::shared_ptr<SubvolumeFiles> files,
                               u64 ino, const std::string& path) {
    if (!seen_.insert({files->id(), ino}).second) return {};
    auto entries = TRY(files->list(ino));
    levels.push_back({std::move(files), std::move(entries), 0, ino, path, {}});
    return {};
  }

  Result<Sums> add_file(const SubvolumeFiles& files, u64 ino) {
    if (stop != nullptr && *stop) return error(Code::cancelled, "cancelled");
    if (files_counted != nullptr) files_counted->fetch_add(1, std::memory_order_relaxed);
    struct Extent {
      u64 length = 0;  // in the file
      u64 start = 0;   // where that lies; of compressed ones the extent
    };
    struct Used {
      std::vector<Extent> extents;
      bool is_reached_twice = false;
    };
    std::map<u64, Used> used;
    Path path;
    bool more = TRY(search_at_or_after(forest_.cache(), files.root().pointer(),
                                       {ino, EXTENT_DATA_KEY, 0}, path));
    for (; more; more = TRY(next_item(forest_.cache(), files.id(), path))) {
      const Key key = path.key();
      if (key.objectid != ino || key.type != EXTENT_DATA_KEY) break;
      const FileExtent extent = TRY(parse_file_extent(path.item(), true));
      if (extent.is_inline() || extent.item.disk_bytenr == 0) continue;
      const u64 bytenr = extent.item.disk_bytenr;
      Used& here = used[bytenr];
      const u64 skipped = extent.is_compressed() ? 0 : extent.item.offset.value();
      here.extents.push_back({extent.item.num_bytes, bytenr + skipped});
      here.is_reached_twice =
          here.is_reached_twice || TRY(sharing_.is_reached_twice(path, files.id()));
    }
    Sums sums;
    for (const auto& [bytenr, here] : used) {
      const bool shared =
          here.is_reached_twice || TRY(sharing_.has_other_references(bytenr, files.id(), ino));
      for (const Extent& extent : here.extents) {
        sums.total += extent.length;
        if (!shared) continue;
        sums.shared += extent.length;
        if (extent.start <= ~u64{0} - extent.length) shared_.add(extent.start, extent.length);
      }
    }
    return sums;
  }

  void tell(const Sums& sums, const std::string& path) const {
    if (each_) each_({sums.total, sums.total - sums.shared, std::nullopt, path});
  }
  static DiskUse whole(const Sums& sums, u64 shared, const std::string& path) {
    return {sums.total, sums.total - sums.shared, shared, path};
  }

  CommittedForest& forest_;
  const SubvolumeList& list_;
  Sharing sharing_;
  std::function<void(const DiskUse&)> each_;
  std::set<std::pair<u64, u64>> seen_;  // subvolume, inode
  RangeSet shared_;
};

}  // namespace

const char* const disk_use_header = "     Total   Exclusive  Set shared  Filename\n";

std::string DiskUse::to_string(bool raw) const {
  auto size = [raw](u64 bytes) { return raw ? fmt::format("{}", bytes) : size_text(bytes); };
  return fmt::format("{:>10}  {:>10}  {:>10}  {}\n", size(total), size(exclusive),
                     set_shared ? size(*set_shared) : "-", path);
}

Result<std::unique_ptr<DiskUseReader>> DiskUseReader::open(Filesystem& filesystem,
                                                           const SubvolumeList& list) {
  auto extent_root = TRY(filesystem.forest().root(EXTENT_TREE_OBJECTID));
  if (extent_root == nullptr) return error(Code::corrupt, "there is no extent tree");
  return std::unique_ptr<DiskUseReader>(new Reader(filesystem, list, std::move(extent_root)));
}

}  // namespace canopy
