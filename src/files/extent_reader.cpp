#include "files/extent_reader.h"

#include <algorithm>
#include <cstring>

#include "compress/decompress.h"
#include "tree/committed_forest.h"

namespace canopy {
namespace {

constexpr std::size_t ZEROS = 128 * 1024;
const u8 zeros[ZEROS] = {};

u64 round_down(u64 value, u32 sectorsize) { return value - value % sectorsize; }
u64 round_up(u64 value, u32 sectorsize) { return round_down(value + sectorsize - 1, sectorsize); }

Error corrupt_extent(u64 logical, const char* what) {
  return error(Code::corrupt, "file extent: {}", what).at(logical).as_errno("EUCLEAN");
}

}  // namespace

Result<FileExtent> parse_file_extent(Bytes item, bool checksummed) {
  auto decoded = load_file_extent(item);
  if (!decoded)
    return error(Code::corrupt, "file extent item has {} bytes", item.size()).as_errno("EUCLEAN");
  FileExtent extent{*decoded, {}, checksummed};
  if (extent.is_inline()) extent.inline_data = item.subspan(FILE_EXTENT_INLINE_DATA_START);
  return extent;
}

ExtentReader::ExtentReader(CommittedForest& forest)
    : forest_(forest),
      sectorsize_(forest.cache().format().sectorsize),
      crc32c_(forest.cache().format().checksum == checksum_info(0)),
      crc_of_sectors_(sectorsize_),
      checksums_(forest) {}

Result<void> ExtentReader::read(const FileExtent& extent, u64 skip, u64 length,
                                std::vector<DataSpan>& out) {
  if (extent.item.encryption != 0 || extent.item.other_encoding != 0)
    return corrupt_extent(extent.item.disk_bytenr, "encoded in a way nobody knows");
  if (extent.is_inline()) return read_inline(extent, skip, length, out);
  u64 num_bytes = extent.item.num_bytes;
  if (skip > num_bytes || length > num_bytes - skip)
    return corrupt_extent(extent.item.disk_bytenr, "shorter than what is read of it");
  if (extent.is_zeros()) {
    add_zeros(length, out);
    return {};
  }
  if (extent.is_compressed()) return read_compressed(extent, skip, length, out);
  u64 begin = extent.item.offset + skip;
  u64 size = extent.item.disk_num_bytes;
  if (begin < skip || begin > size || length > size - begin)
    return corrupt_extent(extent.item.disk_bytenr, "refers behind the end of its space on disk");
  return read_range(extent.item.disk_bytenr + begin, length, extent.checksummed, out);
}

Result<void> ExtentReader::read_on_disk(const FileExtent& extent, std::vector<DataSpan>& out) {
  CHECK(!extent.is_inline());
  if (extent.item.disk_num_bytes > MAX_COMPRESSED_EXTENT)
    return corrupt_extent(extent.item.disk_bytenr, "larger than a compressed extent can be");
  return read_range(extent.item.disk_bytenr, extent.item.disk_num_bytes, extent.checksummed, out);
}

Result<void> ExtentReader::read_inline(const FileExtent& extent, u64 skip, u64 length,
                                       std::vector<DataSpan>& out) {
  Bytes bytes = extent.inline_data;
  u64 ram_bytes = extent.item.ram_bytes;
  if (extent.is_compressed()) {
    auto kind = compression_from(extent.item.compression);
    if (!kind || ram_bytes > sectorsize_)
      return corrupt_extent(0, "an inline extent that cannot be decompressed");
    inline_buffer_.resize(ram_bytes);
    auto got = TRY(decompress(*kind, bytes, inline_buffer_, sectorsize_));
    if (got < ram_bytes) return error(Code::io, "inline extent: too short").as_errno("EIO");
    bytes = inline_buffer_;
  }
  bytes = bytes.first(std::min<u64>(bytes.size(), ram_bytes));
  bytes = bytes.subspan(std::min<u64>(skip, bytes.size()));
  bytes = bytes.first(std::min<u64>(length, bytes.size()));
  if (!bytes.empty()) out.push_back({bytes});
  add_zeros(length - bytes.size(), out);
  return {};
}

Result<void> ExtentReader::read_compressed(const FileExtent& extent, u64 skip, u64 length,
                                           std::vector<DataSpan>& out) {
  const FileExtentItem& item = extent.item;
  auto kind = compression_from(item.compression);
  if (!kind) return corrupt_extent(item.disk_bytenr, "compressed in a way nobody knows");
  if (item.ram_bytes > MAX_COMPRESSED_EXTENT || item.disk_num_bytes > MAX_COMPRESSED_EXTENT)
    return corrupt_extent(item.disk_bytenr, "larger than a compressed extent can be");
  if (item.disk_num_bytes == 0) return corrupt_extent(item.disk_bytenr, "takes no space on disk");
  u64 begin = item.offset + skip;
  if (begin < skip || begin > item.ram_bytes || length > item.ram_bytes - begin)
    return corrupt_extent(item.disk_bytenr, "refers behind its decompressed end");

  auto is_this = [&](const Decompressed& kept) {
    return kept.disk_bytenr == item.disk_bytenr && kept.compression == item.compression &&
           kept.disk_num_bytes == item.disk_num_bytes && kept.bytes.size() == item.ram_bytes &&
           kept.generation == forest_.generation();
  };
  auto kept = std::find_if(decompressed_.begin(), decompressed_.end(), is_this);
  if (kept == decompressed_.end()) {
    Bytes on_disk = TRY(read_sectors(item.disk_bytenr, item.disk_num_bytes, extent.checksummed));
    kept = decompressed_.begin() + static_cast<std::ptrdiff_t>(next_decompressed_);
    next_decompressed_ = (next_decompressed_ + 1) % EXTENTS_KEPT;
    kept->disk_bytenr = 0;  // until it is decompressed
    kept->bytes.resize(item.ram_bytes);
    auto done = decompress(*kind, on_disk, kept->bytes, sectorsize_);
    if (!done.ok()) return std::move(done).error().at(item.disk_bytenr).as_errno("EIO");
    kept->disk_bytenr = item.disk_bytenr;
    kept->disk_num_bytes = item.disk_num_bytes;
    kept->compression = item.compression;
    kept->generation = forest_.generation();
  }
  out.push_back({Bytes(kept->bytes).subspan(begin, length)});
  return {};
}

Result<void> ExtentReader::read_range(u64 logical, u64 length, bool checksummed,
                                      std::vector<DataSpan>& out) {
  if (length == 0) return {};
  Bytes range = TRY(read_sectors(logical, length, checksummed));
  if (checksummed && crc32c_) {
    add_with_crc(range, logical % sectorsize_, out);
  } else {
    out.push_back({range});
  }
  return {};
}

// Sectors are read and verified whole, then the range is cut out of them.
Result<Bytes> ExtentReader::read_sectors(u64 logical, u64 length, bool checksummed) {
  u64 first = round_down(logical, sectorsize_);
  u64 end = round_up(logical + length, sectorsize_);
  if (end < logical) return corrupt_extent(logical, "ends behind all addresses");
  Bytes bytes = TRY(fetch(first, end - first));
  sector_crcs_.clear();
  if (checksummed) TRY(verify(first, bytes));
  return bytes.subspan(logical - first, length);
}

// The bytes of the first mirror that can be read at all.
Result<Bytes> ExtentReader::fetch(u64 logical, u64 length) {
  Volume& volume = forest_.cache().volume();
  if (auto bytes = volume.mapped(logical, length)) return *bytes;
  u32 mirrors = volume.num_mirrors(logical);
  if (mirrors == 0) return error(Code::io, "no chunk maps data").at(logical).as_errno("EIO");
  buffer_.resize(length);
  for (u32 mirror = 1;; ++mirror) {
    auto read = volume.read(logical, buffer_, mirror);
    if (read.ok()) return Bytes(buffer_);
    if (mirror == mirrors) return std::move(read).error().as_errno("EIO");
  }
}

Result<void> ExtentReader::verify(u64 logical, Bytes& bytes) {
  const ChecksumInfo& info = *forest_.cache().format().checksum;
  u64 sectors = bytes.size() / sectorsize_;
  for (u64 i = 0; i < sectors;) {
    auto run = TRY(checksums_.run_at(logical + i * sectorsize_, sectors - i));
    if (run.sums.empty())
      return error(Code::io, "data has no checksum").at(logical + i * sectorsize_).as_errno("EIO");
    for (const u8* sum = run.sums.data(); run.sectors > 0; --run.sectors, ++i, sum += info.size) {
      Bytes sector = bytes.subspan(i * sectorsize_, sectorsize_);
      bool good;
      if (crc32c_) {
        u32 crc = crc32c(sector);
        good = crc == load_le<u32>(sum);
        sector_crcs_.push_back(load_le<u32>(sum));
      } else {
        good = checksum_matches(info, sector, sum);
      }
      if (!good) TRY(repair(logical, bytes, i, sum));
    }
  }
  return {};
}

// Puts the sector as another mirror has it in its place in a copy of the bytes.
Result<void> ExtentReader::repair(u64 logical, Bytes& bytes, u64 sector, const u8* sum) {
  const ChecksumInfo& info = *forest_.cache().format().checksum;
  Volume& volume = forest_.cache().volume();
  if (bytes.data() != buffer_.data()) {
    buffer_.assign(bytes.begin(), bytes.end());
    bytes = buffer_;
  }
  u64 at = logical + sector * sectorsize_;
  MutableBytes place = MutableBytes(buffer_).subspan(sector * sectorsize_, sectorsize_);
  for (u32 mirror = 1; mirror <= volume.num_mirrors(at); ++mirror)
    if (volume.read(at, place, mirror).ok() && checksum_matches(info, place, sum)) return {};
  return no_good_mirror(at);
}

Error ExtentReader::no_good_mirror(u64 logical) const {
  std::string places;
  Volume& volume = forest_.cache().volume();
  for (u32 mirror = 1; mirror <= volume.num_mirrors(logical); ++mirror) {
    auto ranges = volume.map(logical, sectorsize_, mirror);
    if (!ranges.ok() || ranges.value().empty()) continue;
    const PhysicalRange& range = ranges.value()[0];
    places +=
        fmt::format("{}device {} at {}", places.empty() ? "" : ", ", range.devid, range.physical);
  }
  return error(Code::io, "data does not match its checksum on any mirror ({})", places)
      .at(logical)
      .as_errno("EIO");
}

// The part of the range that is whole sectors gets its CRC from theirs; what is left at its ends is
// a span of its own. The range begins `skip` bytes into its first sector.
void ExtentReader::add_with_crc(Bytes range, u64 skip, std::vector<DataSpan>& out) {
  u64 head = skip == 0 ? 0 : std::min<u64>(sectorsize_ - skip, range.size());
  if (head > 0) out.push_back({range.first(head)});
  u64 whole = (range.size() - head) / sectorsize_;
  if (whole > 0) {
    const u32* sums = sector_crcs_.data() + (head > 0 ? 1 : 0);
    u32 crc = 0;
    for (u64 i = 0; i < whole; ++i)
      crc = crc_of_sectors_.append(crc, sums[i]);
    out.push_back({range.subspan(head, whole * sectorsize_), crc});
  }
  u64 done = head + whole * sectorsize_;
  if (done < range.size()) out.push_back({range.subspan(done)});
}

void ExtentReader::add_zeros(u64 length, std::vector<DataSpan>& out) {
  for (; length > 0; length -= std::min<u64>(length, ZEROS))
    out.push_back({Bytes(zeros, std::min<u64>(length, ZEROS)), 0});
}

}  // namespace canopy
