// The files of one subvolume as POSIX sees them: inodes, directories, paths, xattrs, symbolic
// links. What the bytes of a file are says file_contents.h.
//
// Each call takes the commit root semaphore shared for itself and hands out copies, so that a
// relocation may run beside it; a subvolume that changes between two calls gives two moments.
// Nothing in the image is trusted: what contradicts itself is an Error, with the address.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "ondisk/inode_item.h"
#include "tree/committed_forest.h"

namespace canopy {

// A name in a directory.
struct DirectoryEntry {
  std::string name;
  u8 type = FT_UNKNOWN;
  u64 ino = 0;        // of a subvolume: its id
  u64 dir_index = 0;  // the order of creation; 0 if it was found by name
  bool is_subvolume = false;
};

// What an inode says itself of one of its names.
struct NameInDirectory {
  u64 dir = 0;
  std::string name;
};

struct Xattr {
  std::string name;
  std::vector<u8> value;
};

class SubvolumeFiles {
 public:
  static constexpr u64 ROOT_INO = FIRST_FREE_OBJECTID;

  // Code::not_found if there is no such subvolume. `forest` is borrowed.
  static Result<SubvolumeFiles> open(CommittedForest& forest, u64 subvolume);

  u64 id() const { return root_->objectid(); }
  CommittedForest& forest() const { return *forest_; }
  const CommittedRoot& root() const { return *root_; }

  // Absent: there is no such inode.
  Result<std::optional<InodeItem>> find_inode(u64 ino) const;
  // The same where it must be there (Code::corrupt).
  Result<InodeItem> read_inode(u64 ino) const;

  // Every inode of a file, ascending.
  using TakeInode = std::function<Result<void>(u64 ino, const InodeItem& inode)>;
  Result<void> for_each_inode(const TakeInode& take) const;

  // In the order in which the names were made, which readdir gives; in a rescue those of which only
  // the hash is left come last. Errors: Code::invalid if `dir` is no directory.
  Result<std::vector<DirectoryEntry>> list(u64 dir) const;
  Result<std::optional<DirectoryEntry>> lookup(u64 dir, std::string_view name) const;
  // What a path from the root of the subvolume names. Symbolic links are not followed, and no
  // other subvolume is entered. Errors: Code::not_found, Code::invalid for a file in the middle.
  Result<DirectoryEntry> find(std::string_view path) const;

  // The names of an inode: its hard links, by parent and key order.
  Result<std::vector<NameInDirectory>> names(u64 ino) const;
  // The same as paths. Empty for the root directory's own path.
  Result<std::vector<std::string>> paths(u64 ino) const;

  Result<std::vector<Xattr>> xattrs(u64 ino) const;
  // Errors: Code::invalid if it is no symbolic link.
  Result<std::string> symlink_target(u64 ino) const;

  // Every name below `dir` in the order of a walk: a directory before what is in it, names by their
  // bytes. `dir` itself comes first, with an empty path. Subvolumes in it are visited, not entered.
  // A directory that was `entered` already is not entered again, which is an error, or a loss.
  using Visit = std::function<Result<void>(const std::string& path, const DirectoryEntry& entry)>;
  Result<void> for_each(const Visit& visit, u64 dir = ROOT_INO) const;
  Result<void> for_each(const Visit& visit, u64 dir, std::set<u64>& entered) const;

 private:
  SubvolumeFiles(CommittedForest& forest, std::shared_ptr<const CommittedRoot> root)
      : forest_(&forest), root_(std::move(root)) {}

  // Calls take(key, item, leaf address) for the items of `objectid` of one type.
  template <typename Take>
  Result<void> for_each_item(u64 objectid, u8 type, const Take& take) const;
  Result<void> add_names_by_hash(u64 dir, std::vector<DirectoryEntry>& entries) const;
  Result<void> require_type(u64 ino, u32 mode_type, const char* what) const;
  Result<std::string> directory_path(u64 dir) const;
  Result<std::vector<DirectoryEntry>> sorted_entries(u64 dir) const;

  CommittedForest* forest_;
  std::shared_ptr<const CommittedRoot> root_;
};

}  // namespace canopy
