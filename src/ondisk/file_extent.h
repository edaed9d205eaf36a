// Where the bytes of a file lie: EXTENT_DATA items.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace canopy {

inline constexpr u8 FILE_EXTENT_INLINE = 0;
inline constexpr u8 FILE_EXTENT_REG = 1;
inline constexpr u8 FILE_EXTENT_PREALLOC = 2;

inline constexpr u8 COMPRESS_NONE = 0;
inline constexpr u8 COMPRESS_ZLIB = 1;
inline constexpr u8 COMPRESS_LZO = 2;
inline constexpr u8 COMPRESS_ZSTD = 3;

inline constexpr u64 MAX_COMPRESSED_EXTENT = 128u << 10;  // on disk and uncompressed
inline constexpr u64 MAX_EXTENT_SIZE = u64{128} << 20;

// btrfs_file_extent_item. An inline extent ends before disk_bytenr; its data follows there.
struct FileExtentItem {
  le64 generation;
  le64 ram_bytes;
  u8 compression;
  u8 encryption;
  le16 other_encoding;
  u8 type;
  le64 disk_bytenr;
  le64 disk_num_bytes;
  le64 offset;
  le64 num_bytes;
};
static_assert(sizeof(FileExtentItem) == 53 && alignof(FileExtentItem) == 1);
inline constexpr u32 FILE_EXTENT_INLINE_DATA_START = 21;

// Decodes an EXTENT_DATA item. Of an inline extent the fields from disk_bytenr on are zeros.
// Nullopt if the item is too short.
inline std::optional<FileExtentItem> load_file_extent(Bytes item) {
  FileExtentItem extent{};
  if (item.size() < FILE_EXTENT_INLINE_DATA_START) return std::nullopt;
  std::memcpy(static_cast<void*>(&extent), item.data(), FILE_EXTENT_INLINE_DATA_START);
  if (extent.type == FILE_EXTENT_INLINE) return extent;
  if (item.size() < sizeof extent) return std::nullopt;
  return load_struct<FileExtentItem>(item);
}

}  // namespace canopy
