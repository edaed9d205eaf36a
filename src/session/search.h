// What a person means by a line in the search box:
//
//   snapshots/monday/etc/passwd      a path, from the top of the filesystem or of the subvolume at
//   hand 256/257                          an inode of a subvolume (257 INODE_ITEM 0) a key, in the
//   tree at hand; 5 (257 INODE_ITEM 0) in that tree 30 408 704                       a logical
//   address 1:30408704                       a physical one, of device 1
//
// Numbers may be hexadecimal (0x1d00000) and addresses grouped as the page writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "session/folder_view.h"
#include "session/places.h"

namespace canopy {

struct SearchKey {
  std::string text;
  u64 tree = FS_TREE_OBJECTID;  // at hand
  u64 generation = 0;           // of the filesystem

  friend bool operator==(const SearchKey&, const SearchKey&) = default;
};

struct SearchResult {
  std::optional<Place> place;
  std::optional<FilePlace> file;  // or this
  bool is_folder = false;         // the file
  std::string problem;            // if neither
  std::string note;
};

// Waits for reads.
SearchResult search(Filesystem& filesystem, const SearchKey& key);

// A query as it was understood, for what needs no filesystem to say.
struct ParsedSearch {
  enum class Kind { path, inode, key, logical, physical };
  Kind kind = Kind::path;
  std::optional<u64> tree;  // of inodes and keys; absent: that at hand
  Key key = {};             // of inodes: the objectid
  u64 address = 0;
  u64 devid = 0;
};
ParsedSearch parse_search(std::string_view text);

}  // namespace canopy
