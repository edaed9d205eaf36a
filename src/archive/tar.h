// Tar archives, as POSIX has them (pax): a header of 512 bytes for each file, its bytes, zeros up
// to the next 512, and two blocks of zeros at the end.
//
//   | pax header | records | header | bytes ... 0 | header | bytes ... 0 | ... | 0 | 0 |
//
// What a header has no room for (long names, fractions of seconds, large sizes, xattrs) stands in
// records before it, which GNU tar, bsdtar and others read. Xattrs are SCHILY.xattr records, which
// `tar --xattrs` restores.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/types.h"

namespace canopy {

enum class TarType : char {
  regular = '0',
  hard_link = '1',
  symbolic_link = '2',
  character = '3',
  block = '4',
  directory = '5',
  fifo = '6',
};

struct TarEntry {
  std::string path = {};  // without a slash in front; of directories with one at the end
  TarType type = TarType::regular;
  u32 mode = 0;  // the permissions
  u32 uid = 0;
  u32 gid = 0;
  u64 size_bytes = 0;  // of regular files
  i64 mtime_sec = 0;
  u32 mtime_nsec = 0;
  std::string link = {};  // of links: to what
  u32 device_major = 0;
  u32 device_minor = 0;
  std::vector<std::pair<std::string, std::vector<u8>>> xattrs = {};
};

inline constexpr u64 TAR_BLOCK = 512;

// What stands before the bytes of the entry: whole blocks.
std::vector<u8> tar_header(const TarEntry& entry);
// How many zeros follow the bytes of an entry of that size.
constexpr u64 tar_padding(u64 size_bytes) {
  return (TAR_BLOCK - size_bytes % TAR_BLOCK) % TAR_BLOCK;
}
// How many zeros end an archive.
inline constexpr u64 TAR_END = 2 * TAR_BLOCK;

}  // namespace canopy
