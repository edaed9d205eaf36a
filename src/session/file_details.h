// A file as the page shows it: its inode, names, xattrs, and where each of its bytes lies. Plain
// values, read on a thread.
#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "ondisk/file_extent.h"
#include "session/folder_view.h"
#include "session/places.h"

namespace canopy {

struct FileKey {
  FilePlace place;
  u64 generation = 0;  // of the filesystem

  friend bool operator==(const FileKey&, const FileKey&) = default;
};

// Where a copy of an extent begins on a device.
struct PhysicalPlace {
  u64 devid = 0;
  u64 physical = 0;
};

struct FileExtentRow {
  u64 offset = 0;  // in the file
  u64 length = 0;
  FileExtentItem item{};
  std::vector<PhysicalPlace> copies;  // of what is on disk; none of inline extents and holes
  Place place;                        // of its item

  bool is_inline() const { return item.type == FILE_EXTENT_INLINE; }
  bool is_hole() const { return !is_inline() && item.disk_bytenr == 0; }
  bool is_reserved() const { return item.type == FILE_EXTENT_PREALLOC; }
};

struct FileDetails {
  std::string problem;  // why it could not be read, or not all of it
  std::optional<InodeItem> inode;
  std::optional<Place> place;       // of the inode's item
  std::vector<std::string> paths;   // all its names
  std::optional<FilePlace> folder;  // that the first of them is in
  std::string target;               // of a symbolic link
  std::vector<Xattr> xattrs;
  std::vector<FileExtentRow> extents;  // the first ones
  u64 extent_count = 0;
  u64 disk_bytes = 0;  // of the extents it refers to, each once
  u64 ram_bytes = 0;   // what those are, decompressed
  std::array<u64, 4> extents_by_compression{};
};

// Waits for reads.
FileDetails read_file_details(Filesystem& filesystem, const FileKey& key,
                              const std::atomic<bool>& dropped);

// "zstd"; "none".
const char* compression_name(u8 compression);

}  // namespace canopy
