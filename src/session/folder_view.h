// A directory as the page shows it: its entries with what a person wants to know of each, and the
// way to it. Plain values, read on a thread.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "files/subvolume_files.h"
#include "filesystem/filesystem.h"

namespace canopy {

// A directory of a subvolume, or any inode of one.
struct FilePlace {
  u64 subvolume = 0;
  u64 ino = SubvolumeFiles::ROOT_INO;

  friend bool operator==(const FilePlace&, const FilePlace&) = default;
};

enum class FileOrder : u8 { name, size, modified, inode };

struct FolderKey {
  FilePlace place;
  FileOrder order = FileOrder::name;
  bool descending = false;
  u64 generation = 0;  // of the filesystem: what was read before a commit is old

  friend bool operator==(const FolderKey&, const FolderKey&) = default;
};

struct FileRow {
  std::string name;
  FilePlace place;  // of a subvolume: its root directory
  u8 type = FT_UNKNOWN;
  bool is_subvolume = false;
  bool is_known = false;  // whether what follows could be read
  u32 mode = 0;
  u32 uid = 0, gid = 0;
  u32 nlink = 0;
  u64 size_bytes = 0;
  i64 modified = 0;  // seconds since 1970

  bool is_folder() const { return type == FT_DIR; }
};

struct FolderView {
  FolderKey key;
  std::string problem;  // why it could not be read, or not all of it
  // From the root of the subvolume down to this directory, which is the last.
  struct Step {
    std::string name;  // of the first: the subvolume's
    FilePlace place;
  };
  std::vector<Step> steps;
  std::optional<FilePlace> parent;  // also in the subvolume above
  std::vector<FileRow> rows;        // folders first, in the order wanted
  u64 names = 0;                    // how many there are; rows may be fewer
};

// Waits for reads. Names that lead nowhere are there, without what is known of others.
FolderView read_folder(Filesystem& filesystem, const FolderKey& key,
                       const std::atomic<bool>& dropped);

// "-rw-r--r--", as ls prints it.
std::string mode_text(u32 mode);

}  // namespace canopy
