// Reading the bytes that a file extent item stands for: inline, regular or prealloc, plain or
// compressed, verified against the checksum tree.
//
//   item  -->  [disk_bytenr, +disk_num_bytes)  --checksums-->  --decompress-->  ram_bytes
//                                                     file sees [offset, +num_bytes) of those
//
// What is read is what a buffered read() of the file returns. Bytes are not copied where the image
// lies in memory: the spans point into it. Where checksums are CRC-32C, the sums of the sectors,
// which had to be computed to verify them, give the CRC of the span by combination, so that a
// stream writer need not look at the bytes again.
//
// A sector whose checksum is wrong on one mirror is read from the others. A sector that should have
// a checksum and has none is an error, as it is to the kernel.
//
// Other threads read ahead (read_ahead.h), in large extents by themselves and elsewhere when told
// what will be wanted. While somebody writes to the filesystem nothing is read ahead, since what
// lies at an address may change between the look into a tree and the reading.
//
// In a rescue (BlockCache::losses()) what is damaged is no error: each sector is read from the
// first mirror that has it right, or as the first has it that can be read at all, or it is zeros,
// and the loss is noted.
//
// One thread uses a reader. Memory is bounded: one read, what is read ahead, and the last few
// decompressed extents.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/result.h"
#include "checksum/crc32c.h"
#include "files/data_checksums.h"
#include "files/read_ahead.h"
#include "ondisk/file_extent.h"
#include "tree/losses.h"

namespace canopy {

// Bytes in memory, and crc32c_raw(0, bytes) where it came for nothing.
struct DataSpan {
  Bytes bytes;
  std::optional<u32> crc = std::nullopt;
};

// A file extent item with what its fields do not say.
struct FileExtent {
  FileExtentItem item;
  Bytes inline_data;        // of an inline extent: what follows the header in the item
  bool checksummed = true;  // false for inodes with the flag NODATASUM

  bool is_inline() const { return item.type == FILE_EXTENT_INLINE; }
  bool is_compressed() const { return item.compression != COMPRESS_NONE; }
  // Reads as zeros: a hole, or space that was only reserved.
  bool is_zeros() const {
    return item.type == FILE_EXTENT_PREALLOC || (!is_inline() && item.disk_bytenr == 0);
  }
};

// Decodes an EXTENT_DATA item. Code::corrupt if it is too short.
Result<FileExtent> parse_file_extent(Bytes item, bool checksummed);

class ExtentReader {
 public:
  // `forest` is borrowed. Callers that read large extents piece by piece say how large the pieces
  // are; with `threads` 0 nothing is read ahead.
  explicit ExtentReader(CommittedForest& forest, u32 threads = 0, u64 piece = 128 * 1024);

  // Appends [skip, skip + length) of what the item stands for, counted from its place in the file,
  // to `out`. Behind the end of an inline extent there are zeros. The spans are valid until the
  // next call of a reading function. Errors: Code::io with the logical and physical address where
  // no mirror has the right bytes, Code::corrupt for an extent that cannot be. REQUIRES: the commit
  // root semaphore is held, or nobody writes.
  Result<void> read(const FileExtent& extent, u64 skip, u64 length, std::vector<DataSpan>& out);

  // Says that read(), or read_on_disk(), will soon be called for this extent, after those named
  // before. A hint: if nobody comes for it, some work was in vain. REQUIRES: as above.
  void expect(const FileExtent& extent, bool on_disk);
  // Whether there is room for what is expected now; what is not is better expected later.
  bool can_expect() { return ahead_.has_room(); }

  // Appends the whole extent as it lies on disk (compressed). REQUIRES: not inline; as above.
  Result<void> read_on_disk(const FileExtent& extent, std::vector<DataSpan>& out);

 private:
  struct Decompressed {
    u64 disk_bytenr = 0;
    u64 disk_num_bytes = 0;
    u8 compression = COMPRESS_NONE;
    u64 generation = 0;
    std::vector<u8> bytes;
  };
  // Bytes that were verified. `sums`, where they are CRC-32C: of the sectors from the one on that
  // the bytes begin in.
  struct Verified {
    Bytes bytes;
    const u8* sums = nullptr;
  };

  Result<void> read_inline(const FileExtent& extent, u64 skip, u64 length,
                           std::vector<DataSpan>& out);
  Result<void> read_compressed(const FileExtent& extent, u64 skip, u64 length,
                               std::vector<DataSpan>& out);
  Result<const Decompressed*> decompressed(const FileExtent& extent, Compression kind);
  Result<Verified> read_sectors(u64 logical, u64 length, bool checksummed);
  Verified rescue_sectors(u64 logical, u64 first, u64 end, u64 length, bool checksummed);
  void rescue_sector(u64 logical, MutableBytes out, bool checksummed);
  Result<Bytes> fetch(u64 logical, u64 length);
  void foresee(u64 logical, u64 length);
  Result<void> collect_sums(u64 logical, u64 sectors, std::vector<u8>& sums);
  Result<Bytes> repair(u64 logical, Bytes bytes, u64 first_bad);
  Error no_good_mirror(u64 logical) const;
  bool reads_ahead() const;
  Losses* losses() const;
  void read_on(const FileExtent& extent, u64 from, u64 end);
  void begin(const ReadAhead::Range& range, bool checksummed);
  void add_verified(const Verified& verified, u64 skip, std::vector<DataSpan>& out) const;
  static void add_zeros(u64 length, std::vector<DataSpan>& out);

  static constexpr std::size_t EXTENTS_KEPT = 4;

  CommittedForest& forest_;
  SectorFormat format_;
  u64 range_size_;  // of what is read ahead of a large extent at once: whole pieces
  Crc32cSectors crc_of_sectors_;
  DataChecksums checksums_;
  std::vector<u8> buffer_;         // what was read, where it is not mapped or had to be repaired
  std::vector<u8> sums_;           // of the sectors in hand
  std::vector<u8> inline_buffer_;  // a decompressed inline extent
  std::array<Decompressed, EXTENTS_KEPT> decompressed_;
  std::size_t next_decompressed_ = 0;
  u64 foreseen_begin_ = 0;  // the range that the devices were told of
  u64 foreseen_end_ = 0;
  ReadAhead ahead_;
};

}  // namespace canopy
