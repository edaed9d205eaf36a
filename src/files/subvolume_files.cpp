#include "files/subvolume_files.h"

#include <algorithm>
#include <set>
#include <shared_mutex>

#include "files/file_contents.h"
#include "tree/items.h"

namespace canopy {
namespace {

// Climbing longer than this is climbing in a circle.
constexpr u32 MAX_CLIMB = 1u << 16;

// A name as long as the format allows fits many times into a path that Linux takes.
constexpr u64 MAX_SYMLINK = 4096;

DirectoryEntry entry_of(const DirEntry& entry, u64 dir_index) {
  return {std::string(entry.name), entry.type, entry.location.objectid, dir_index,
          entry.is_subvolume()};
}

}  // namespace

Result<SubvolumeFiles> SubvolumeFiles::open(CommittedForest& forest, u64 subvolume) {
  std::shared_lock hold(forest.commit_root_semaphore());
  auto root = is_subvolume_id(subvolume) ? TRY(forest.root(subvolume)) : nullptr;
  if (root == nullptr) return error(Code::not_found, "there is no subvolume {}", subvolume);
  return SubvolumeFiles(forest, std::move(root));
}

template <typename Take>
Result<void> SubvolumeFiles::for_each_item(u64 objectid, u8 type, const Take& take) const {
  std::shared_lock hold(forest_->commit_root_semaphore());
  Path path;
  bool more =
      TRY(search_at_or_after(forest_->cache(), root_->pointer(), {objectid, type, 0}, path));
  for (; more; more = TRY(next_item(forest_->cache(), id(), path))) {
    const Key key = path.key();
    if (key.objectid != objectid || key.type != type) return {};
    TRY(take(key, path.item()));
  }
  return {};
}

Result<std::optional<InodeItem>> SubvolumeFiles::find_inode(u64 ino) const {
  std::shared_lock hold(forest_->commit_root_semaphore());
  Path path;
  const Key key{ino, INODE_ITEM_KEY, 0};
  if (!TRY(search_slot(forest_->cache(), root_->pointer(), key, path)))
    return std::optional<InodeItem>();
  if (path.item().size() < sizeof(InodeItem))
    return error(Code::corrupt, "{} has {} bytes", key_text(key), path.item().size())
        .at(path.leaf().start());
  return std::optional(load_struct<InodeItem>(path.item()));
}

Result<InodeItem> SubvolumeFiles::read_inode(u64 ino) const {
  const auto inode = TRY(find_inode(ino));
  if (!inode) return error(Code::corrupt, "subvolume {} has no inode {}", id(), ino);
  return *inode;
}

Result<void> SubvolumeFiles::require_type(u64 ino, u32 mode_type, const char* what) const {
  const InodeItem inode = TRY(read_inode(ino));
  if ((inode.mode & MODE_TYPE_MASK) != mode_type)
    return error(Code::invalid, "inode {} of subvolume {} is not a {}", ino, id(), what);
  return {};
}

Result<std::vector<DirectoryEntry>> SubvolumeFiles::list(u64 dir) const {
  // In a rescue names may be there though the inode is lost.
  const bool may_lack = forest_->cache().losses() != nullptr;
  if (!may_lack || TRY(find_inode(dir))) TRY(require_type(dir, MODE_DIRECTORY, "directory"));
  std::vector<DirectoryEntry> entries;
  TRY(for_each_item(dir, DIR_INDEX_KEY, [&](const Key& key, Bytes item) -> Result<void> {
    entries.push_back(entry_of(TRY(first_dir_entry(item)), key.offset));
    return {};
  }));
  if (may_lack) TRY(add_names_by_hash(dir, entries));
  return entries;
}

Result<void> SubvolumeFiles::add_names_by_hash(u64 dir,
                                               std::vector<DirectoryEntry>& entries) const {
  std::set<std::string, std::less<>> known;
  for (const DirectoryEntry& entry : entries)
    known.insert(entry.name);
  return for_each_item(dir, DIR_ITEM_KEY, [&](const Key&, Bytes item) -> Result<void> {
    DirEntries found(item);
    while (const auto entry = TRY(found.next()))
      if (!known.contains(entry->name)) entries.push_back(entry_of(*entry, 0));
    return {};
  });
}

Result<void> SubvolumeFiles::for_each_inode(const TakeInode& take) const {
  for (u64 ino = FIRST_FREE_OBJECTID; ino <= LAST_FREE_OBJECTID; ++ino) {
    std::optional<InodeItem> inode;
    {
      std::shared_lock hold(forest_->commit_root_semaphore());
      Path path;
      const Key from{ino, INODE_ITEM_KEY, 0};
      if (!TRY(search_at_or_after(forest_->cache(), root_->pointer(), from, path))) return {};
      ino = path.key().objectid;
      if (ino > LAST_FREE_OBJECTID) return {};
      if (path.key().type == INODE_ITEM_KEY && path.item().size() >= sizeof(InodeItem))
        inode = load_struct<InodeItem>(path.item());
    }
    if (inode) TRY(take(ino, *inode));
  }
  return {};
}

Result<std::optional<DirectoryEntry>> SubvolumeFiles::lookup(u64 dir, std::string_view name) const {
  std::shared_lock hold(forest_->commit_root_semaphore());
  Path path;
  const Key key{dir, DIR_ITEM_KEY, name_hash(name)};
  if (!TRY(search_slot(forest_->cache(), root_->pointer(), key, path)))
    return std::optional<DirectoryEntry>();
  const auto found = TRY(find_dir_entry_in_item(path.item(), name));
  if (!found) return std::optional<DirectoryEntry>();
  return std::optional(entry_of(*found, 0));
}

Result<DirectoryEntry> SubvolumeFiles::find(std::string_view path) const {
  DirectoryEntry at{"", FT_DIR, ROOT_INO, 0, false};
  std::string_view rest = path;
  while (true) {
    while (rest.starts_with('/'))
      rest.remove_prefix(1);
    if (rest.empty()) return at;
    const std::string_view name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(name.size());
    if (name == ".") continue;
    if (at.is_subvolume) return error(Code::invalid, "{}: {} is another subvolume", path, at.name);
    if (at.type != FT_DIR) return error(Code::invalid, "{}: {} is not a directory", path, at.name);
    auto found = TRY(lookup(at.ino, name));
    if (!found) return error(Code::not_found, "{}: there is no {}", path, name);
    at = std::move(*found);
  }
}

Result<std::string> SubvolumeFiles::directory_path(u64 dir) const {
  std::string path;
  for (u32 climbed = 0; dir != ROOT_INO; ++climbed) {
    if (climbed == MAX_CLIMB)
      return error(Code::corrupt, "directory {} of subvolume {} lies in itself", dir, id());
    std::optional<u64> parent;
    TRY(for_each_item(dir, INODE_REF_KEY, [&](const Key& key, Bytes item) -> Result<void> {
      InodeNames names(key, item);
      if (const auto name = TRY(names.next()); name && !parent) {
        path.insert(0, fmt::format("{}/", name->name));
        parent = name->dir;
      }
      return {};
    }));
    if (!parent) return error(Code::corrupt, "directory {} of subvolume {} has no name", dir, id());
    dir = *parent;
  }
  return path;
}

Result<std::vector<NameInDirectory>> SubvolumeFiles::names(u64 ino) const {
  std::vector<NameInDirectory> names;
  for (u8 type : {INODE_REF_KEY, INODE_EXTREF_KEY}) {
    TRY(for_each_item(ino, type, [&](const Key& key, Bytes item) -> Result<void> {
      InodeNames entries(key, item);
      while (const auto entry = TRY(entries.next()))
        names.push_back({entry->dir, std::string(entry->name)});
      return {};
    }));
  }
  return names;
}

Result<std::vector<std::string>> SubvolumeFiles::paths(u64 ino) const {
  if (ino == ROOT_INO) return std::vector<std::string>{""};
  std::vector<std::string> paths;
  for (const auto& [dir, name] : TRY(names(ino)))
    paths.push_back(TRY(directory_path(dir)) + name);
  return paths;
}

Result<std::vector<Xattr>> SubvolumeFiles::xattrs(u64 ino) const {
  std::vector<Xattr> found;
  TRY(for_each_item(ino, XATTR_ITEM_KEY, [&](const Key&, Bytes item) -> Result<void> {
    DirEntries entries(item);
    while (const auto entry = TRY(entries.next()))
      found.push_back({std::string(entry->name), {entry->data.begin(), entry->data.end()}});
    return {};
  }));
  return found;
}

Result<std::string> SubvolumeFiles::symlink_target(u64 ino) const {
  TRY(require_type(ino, MODE_SYMLINK, "symbolic link"));
  const InodeItem inode = TRY(read_inode(ino));
  if (inode.size > MAX_SYMLINK)
    return error(Code::corrupt, "symbolic link {} of subvolume {} has {} bytes", ino, id(),
                 inode.size.value());
  std::vector<u8> bytes(static_cast<std::size_t>(inode.size.value()));
  FileContents contents(*this);
  TRY(contents.read(ino, 0, bytes));
  return std::string(as_text(bytes));
}

Result<std::vector<DirectoryEntry>> SubvolumeFiles::sorted_entries(u64 dir) const {
  auto entries = TRY(list(dir));
  std::sort(entries.begin(), entries.end(),
            [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
  return entries;
}

Result<void> SubvolumeFiles::for_each(const Visit& visit, u64 dir) const {
  std::set<u64> entered;
  return for_each(visit, dir, entered);
}

// Linux allows a directory one name only. A second one may lead into a circle.
Result<void> SubvolumeFiles::for_each(const Visit& visit, u64 dir, std::set<u64>& entered) const {
  Losses* const losses = forest_->cache().losses();
  struct Level {
    std::string path;  // with a slash at its end
    std::vector<DirectoryEntry> entries;
    std::size_t next = 0;
  };
  TRY(visit("", {"", FT_DIR, dir, 0, false}));
  std::vector<Level> levels;
  levels.push_back({"", TRY(sorted_entries(dir)), 0});
  entered.insert(dir);
  while (!levels.empty()) {
    Level& level = levels.back();
    if (level.next == level.entries.size()) {
      levels.pop_back();
      continue;
    }
    const DirectoryEntry entry = level.entries[level.next++];
    const std::string path = level.path + entry.name;
    TRY(visit(path, entry));
    if (entry.type != FT_DIR || entry.is_subvolume) continue;
    auto below = entered.insert(entry.ino).second
                     ? sorted_entries(entry.ino)
                     : error(Code::corrupt, "directory {} of subvolume {} has a second name, {}",
                             entry.ino, id(), path);
    if (!below.ok() && losses != nullptr) {
      losses->add(LostFile{id(), entry.ino, path, below.error().to_string()});
      continue;
    }
    levels.push_back({path + '/', TRY(std::move(below)), 0});
  }
  return {};
}

}  // namespace canopy
