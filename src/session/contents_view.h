// A piece of what is in a file, as the page shows it. Plain values, read on a thread.
#pragma once

#include <string>
#include <vector>

#include "filesystem/filesystem.h"
#include "session/folder_view.h"

namespace canopy {

struct ContentsKey {
  FilePlace place;
  u64 offset = 0;
  u64 generation = 0;  // of the filesystem

  friend bool operator==(const ContentsKey&, const ContentsKey&) = default;
};

struct ContentsView {
  static constexpr u64 most_bytes = u64{16} << 10;

  std::string problem;  // why it could not be read
  u64 offset = 0;
  u64 file_size = 0;
  std::vector<u8> bytes;  // up to most_bytes, less at the end of the file
  // Characters that can be shown, and line ends; a piece may begin and end within a character.
  bool is_text = false;
};

// Waits for reads. Of a file without checksums, or of one that is damaged, what can be read as the
// kernel would read it.
ContentsView read_contents(Filesystem& filesystem, const ContentsKey& key);

}  // namespace canopy
