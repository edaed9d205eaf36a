// Decompression of extents: zlib, LZO and zstd behind one table.
//
//   zlib   one stream with the usual two-byte header; its Adler-32 is not looked at
//   zstd   one frame, window at most 128 KiB
//   LZO    Btrfs' own framing, since LZO1X has none:
//
//          le32 total length, this field included
//          segment...      le32 length, LZO1X data that gives one sector (the last may give less)
//
//          The length of a segment never crosses a sector boundary: where fewer than four bytes of
//          a sector are left, they are padding. An inline extent has exactly one segment.
//
// What an extent holds is hostile input. Neither `in` nor `out` is ever left, and the time is
// bounded by their sizes. Contexts are kept per thread, so an extent costs no allocation.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/types.h"

namespace canopy {

// Numbers are those of a file extent item (BTRFS_COMPRESS_*).
enum class Compression : u8 { none = 0, zlib = 1, lzo = 2, zstd = 3 };

// The kind with this number on disk; nothing for one nobody knows.
std::optional<Compression> compression_from(u8 number);
// "none", "zlib", "lzo", "zstd".
std::string_view compression_name(Compression kind);

// Decompresses `in` (the extent as it lies on disk, with its padding up to a sector, or the bytes
// of an inline extent) into `out` and stops when `out` is full. Returns how many bytes the stream
// gave; the rest of `out` is zeroed, which is what a reader of a regular extent sees (the kernel
// refuses an inline extent that gives less than it promised). Errors: Code::corrupt.
// `sectorsize` matters to LZO only.
Result<std::size_t> decompress(Compression kind, Bytes in, MutableBytes out, u32 sectorsize);

namespace compress_internal {

// One per kind: as decompress(), but `out` behind the returned size may hold anything.
Result<std::size_t> copy(Bytes in, MutableBytes out, u32 sectorsize);
Result<std::size_t> inflate(Bytes in, MutableBytes out, u32 sectorsize);
Result<std::size_t> decompress_lzo(Bytes in, MutableBytes out, u32 sectorsize);
Result<std::size_t> decompress_zstd(Bytes in, MutableBytes out, u32 sectorsize);

}  // namespace compress_internal

}  // namespace canopy
