#include "files/extent_reader.h"

#include <algorithm>
#include <cstring>

#include "compress/decompress.h"
#include "tree/committed_forest.h"

namespace canopy {
namespace {

constexpr std::size_t ZEROS = 128 * 1024;
const u8 zeros[ZEROS] = {};

// Reading ahead of less than this costs more than it gains: of the extent in hand, and of one that
// comes later.
constexpr u64 SMALLEST_IN_HAND = 256 * 1024;
constexpr u64 SMALLEST_EXPECTED = 64 * 1024;

u64 round_up(u64 value, u32 sectorsize) {
  value += sectorsize - 1;
  return value - value % sectorsize;
}

// REQUIRES: the range lies in `bytes`.
Bytes part(Bytes bytes, u64 skip, u64 length) {
  return bytes.subspan(to_size(skip), to_size(length));
}

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

ExtentReader::ExtentReader(CommittedForest& forest, u32 threads, u64 piece)
    : forest_(forest),
      format_{forest.cache().format().sectorsize, forest.cache().format().checksum},
      range_size_(ReadAhead::largest_range - ReadAhead::largest_range % piece),
      crc_of_sectors_(format_.sectorsize),
      checksums_(forest),
      ahead_(forest.cache().volume(), format_, threads) {}

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
  u64 logical = extent.item.disk_bytenr + begin;
  if (logical < begin) return corrupt_extent(logical, "lies behind all addresses");
  if (length == 0) return {};
  const u64 rest = std::min(num_bytes - skip, size - begin);
  if (rest >= SMALLEST_IN_HAND) read_on(extent, logical, logical + rest);
  add_verified(TRY(read_sectors(logical, length, extent.checksummed)), logical % format_.sectorsize,
               out);
  return {};
}

Result<void> ExtentReader::read_on_disk(const FileExtent& extent, std::vector<DataSpan>& out) {
  CHECK(!extent.is_inline());
  const FileExtentItem& item = extent.item;
  if (item.disk_num_bytes == 0 || item.disk_num_bytes > MAX_COMPRESSED_EXTENT)
    return corrupt_extent(item.disk_bytenr, "not as large as a compressed extent can be");
  add_verified(TRY(read_sectors(item.disk_bytenr, item.disk_num_bytes, extent.checksummed)),
               item.disk_bytenr % format_.sectorsize, out);
  return {};
}

Result<void> ExtentReader::read_inline(const FileExtent& extent, u64 skip, u64 length,
                                       std::vector<DataSpan>& out) {
  Bytes bytes = extent.inline_data;
  u64 ram_bytes = extent.item.ram_bytes;
  if (extent.is_compressed()) {
    auto kind = compression_from(extent.item.compression);
    if (!kind || ram_bytes > format_.sectorsize)
      return corrupt_extent(0, "an inline extent that cannot be decompressed");
    inline_buffer_.resize(to_size(ram_bytes));
    auto got = TRY(decompress(*kind, bytes, inline_buffer_, format_.sectorsize));
    if (got < ram_bytes) return error(Code::io, "inline extent: too short").as_errno("EIO");
    bytes = inline_buffer_;
  }
  bytes = part(bytes, 0, std::min<u64>(bytes.size(), ram_bytes));
  skip = std::min<u64>(skip, bytes.size());
  bytes = part(bytes, skip, std::min<u64>(length, bytes.size() - skip));
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

  ReadAhead::Range range{item.disk_bytenr, item.disk_num_bytes, *kind, item.ram_bytes};
  if (auto ahead = reads_ahead() ? ahead_.take_extent(range) : std::nullopt) {
    const u8* sums = ahead->sums;
    if (sums != nullptr) sums += begin / format_.sectorsize * format_.checksum->size;
    add_verified({part(ahead->bytes, begin, length), sums}, begin % format_.sectorsize, out);
    return {};
  }
  const Decompressed* whole = TRY(decompressed(extent, *kind));
  out.push_back({part(whole->bytes, begin, length)});
  return {};
}

// From the few that are kept, or decompressed now.
Result<const ExtentReader::Decompressed*> ExtentReader::decompressed(const FileExtent& extent,
                                                                     Compression kind) {
  const FileExtentItem& item = extent.item;
  auto is_this = [&](const Decompressed& kept) {
    return kept.disk_bytenr == item.disk_bytenr && kept.compression == item.compression &&
           kept.disk_num_bytes == item.disk_num_bytes && kept.bytes.size() == item.ram_bytes &&
           kept.generation == forest_.generation();
  };
  auto kept = std::find_if(decompressed_.begin(), decompressed_.end(), is_this);
  if (kept != decompressed_.end()) return &*kept;

  Bytes on_disk =
      TRY(read_sectors(item.disk_bytenr, item.disk_num_bytes, extent.checksummed)).bytes;
  Decompressed& place = decompressed_[next_decompressed_];
  next_decompressed_ = (next_decompressed_ + 1) % EXTENTS_KEPT;
  place.disk_bytenr = 0;  // until it is decompressed
  place.bytes.resize(to_size(item.ram_bytes));
  auto done = decompress(kind, on_disk, place.bytes, format_.sectorsize);
  if (!done.ok() && losses() == nullptr)
    return std::move(done).error().at(item.disk_bytenr).as_errno("EIO");
  if (!done.ok()) {
    losses()->add(LostData{item.disk_bytenr, item.disk_num_bytes, false, done.error().message()});
    std::ranges::fill(place.bytes, u8{0});
  }
  place.disk_bytenr = item.disk_bytenr;
  place.disk_num_bytes = item.disk_num_bytes;
  place.compression = item.compression;
  place.generation = forest_.generation();
  return &place;
}

// Sectors are read and verified whole, then the range is cut out of them. REQUIRES: length > 0.
Result<ExtentReader::Verified> ExtentReader::read_sectors(u64 logical, u64 length,
                                                          bool checksummed) {
  const u32 sectorsize = format_.sectorsize;
  const u64 first = logical - logical % sectorsize;
  const u64 end = round_up(logical + length, sectorsize);
  if (end <= logical) return corrupt_extent(logical, "ends behind all addresses");
  if (reads_ahead()) {
    if (auto ahead = ahead_.take(first, end - first)) {
      const u8* sums = ahead->sums;
      if (sums != nullptr) sums += (first - ahead->logical) / sectorsize * format_.checksum->size;
      return Verified{part(ahead->bytes, logical - ahead->logical, length), sums};
    }
  }
  if (losses() != nullptr) return rescue_sectors(logical, first, end, length, checksummed);
  Bytes bytes = TRY(fetch(first, end - first));
  if (!checksummed) return Verified{part(bytes, logical - first, length)};
  TRY(collect_sums(first, (end - first) / sectorsize, sums_));
  if (auto bad = find_bad_sector(format_, bytes, sums_.data()))
    bytes = TRY(repair(first, bytes, *bad));
  return Verified{part(bytes, logical - first, length),
                  format_.is_crc32c() ? sums_.data() : nullptr};
}

ExtentReader::Verified ExtentReader::rescue_sectors(u64 logical, u64 first, u64 end, u64 length,
                                                    bool checksummed) {
  buffer_.resize(to_size(end - first));
  for (u64 at = first; at < end; at += format_.sectorsize)
    rescue_sector(at, MutableBytes(buffer_).subspan(to_size(at - first), format_.sectorsize),
                  checksummed);
  return {part(buffer_, logical - first, length)};
}

void ExtentReader::rescue_sector(u64 logical, MutableBytes out, bool checksummed) {
  Volume& volume = forest_.cache().volume();
  auto run = checksums_.run_at(logical, 1);
  const bool has_sum = checksummed && run.ok() && !run.value().sums.empty();
  std::string reason = "no chunk maps this address";
  std::optional<u32> readable;
  for (u32 mirror = 1; mirror <= volume.num_mirrors(logical); ++mirror) {
    auto read = volume.read(logical, out, mirror);
    if (!read.ok()) {
      reason = read.error().message();
      continue;
    }
    if (!checksummed || (has_sum && format_.matches(out, run.value().sums.data()))) return;
    if (!readable) readable = mirror;
    if (!has_sum) break;
  }
  const bool is_there = readable && volume.read(logical, out, *readable).ok();
  if (!is_there) std::ranges::fill(out, u8{0});
  if (is_there) reason = has_sum ? "wrong checksum on every mirror" : "no checksum to compare with";
  losses()->add(LostData{logical, format_.sectorsize, is_there, std::move(reason)});
}

// The bytes of the first mirrors that can be read at all.
Result<Bytes> ExtentReader::fetch(u64 logical, u64 length) {
  Volume& volume = forest_.cache().volume();
  foresee(logical, length);
  if (auto bytes = volume.mapped(logical, length)) return *bytes;
  if (volume.num_mirrors(logical) == 0)
    return error(Code::io, "no chunk maps data").at(logical).as_errno("EIO");
  buffer_.resize(to_size(length));
  Repairs& repairs = forest_.cache().repairs();
  TRY(volume.read_any(logical, buffer_, [&](u64 at, u64 size, u32 mirror, const Error& why) {
    repairs.add(volume, at, size, mirror, true, why.message());
  }));
  return Bytes(buffer_);
}

// Small extents of one file after another mostly lie one after another too.
void ExtentReader::foresee(u64 logical, u64 length) {
  constexpr u64 step = u64{1} << 20;
  constexpr u64 gap = 256 * 1024;
  if (logical >= foreseen_begin_ && logical + length <= foreseen_end_) return;
  const bool follows = logical >= foreseen_begin_ && logical < foreseen_end_ + gap;
  foreseen_begin_ = logical;
  foreseen_end_ = logical + length;
  if (!follows) return;
  foreseen_end_ = logical + step;
  forest_.cache().volume().will_read(logical, step);
}

Result<void> ExtentReader::collect_sums(u64 logical, u64 sectors, std::vector<u8>& sums) {
  sums.clear();
  for (u64 done = 0; done < sectors;) {
    const u64 at = logical + done * format_.sectorsize;
    auto run = TRY(checksums_.run_at(at, sectors - done));
    if (run.sums.empty()) return error(Code::io, "data has no checksum").at(at).as_errno("EIO");
    sums.insert(sums.end(), run.sums.begin(), run.sums.end());
    done += run.sectors;
  }
  return {};
}

// A copy of the bytes in which the bad sectors are as another mirror has them.
Result<Bytes> ExtentReader::repair(u64 logical, Bytes bytes, u64 first_bad) {
  Volume& volume = forest_.cache().volume();
  if (bytes.data() != buffer_.data()) buffer_.assign(bytes.begin(), bytes.end());
  auto read_from_any = [&](u64 at, MutableBytes place, const u8* sum) {
    Repairs::Tried bad;
    for (u32 mirror = 1; mirror <= volume.num_mirrors(at); ++mirror) {
      const auto read = volume.read(at, place, mirror);
      if (read.ok() && format_.matches(place, sum)) {
        forest_.cache().repairs().add(volume, at, place.size(), true, std::move(bad));
        return true;
      }
      bad.emplace_back(mirror, read.ok() ? "wrong checksum" : read.error().message());
    }
    return false;
  };
  for (std::optional<u64> bad = first_bad; bad;
       bad = find_bad_sector(format_, buffer_, sums_.data(), *bad + 1)) {
    const u64 at = logical + *bad * format_.sectorsize;
    MutableBytes place =
        MutableBytes(buffer_).subspan(to_size(*bad * format_.sectorsize), format_.sectorsize);
    if (!read_from_any(at, place, sums_.data() + *bad * format_.checksum->size))
      return no_good_mirror(at);
  }
  return Bytes(buffer_);
}

Error ExtentReader::no_good_mirror(u64 logical) const {
  std::string places;
  Volume& volume = forest_.cache().volume();
  for (u32 mirror = 1; mirror <= volume.num_mirrors(logical); ++mirror) {
    auto ranges = volume.map(logical, format_.sectorsize, mirror);
    if (!ranges.ok() || ranges.value().empty()) continue;
    const PhysicalRange& range = ranges.value()[0];
    places +=
        fmt::format("{}device {} at {}", places.empty() ? "" : ", ", range.devid, range.physical);
  }
  return error(Code::io, "data does not match its checksum on any mirror ({})", places)
      .at(logical)
      .as_errno("EIO");
}

bool ExtentReader::reads_ahead() const {
  return !forest_.cache().writer_attached() && losses() == nullptr;
}

Losses* ExtentReader::losses() const { return forest_.cache().losses(); }

void ExtentReader::expect(const FileExtent& extent, bool on_disk) {
  const FileExtentItem& item = extent.item;
  if (extent.is_inline() || extent.is_zeros() || !reads_ahead()) return;
  if (!extent.is_compressed()) {
    u64 logical = item.disk_bytenr + item.offset;
    if (item.num_bytes >= SMALLEST_EXPECTED &&
        !ahead_.has_begun(logical - logical % format_.sectorsize))
      read_on(extent, logical, logical + std::min<u64>(item.num_bytes, range_size_));
    return;
  }
  auto kind = compression_from(item.compression);
  if (!kind || item.ram_bytes > MAX_COMPRESSED_EXTENT || item.disk_num_bytes == 0 ||
      item.disk_num_bytes > MAX_COMPRESSED_EXTENT || ahead_.has_begun(item.disk_bytenr))
    return;
  ReadAhead::Range range{item.disk_bytenr, item.disk_num_bytes};
  if (!on_disk) {
    range.compression = *kind;
    range.ram_bytes = item.ram_bytes;
  }
  begin(range, extent.checksummed);
}

// Has what comes in [from, end) of a plain extent read, as far as there is room.
void ExtentReader::read_on(const FileExtent& extent, u64 from, u64 end) {
  if (end < from || !reads_ahead()) return;
  u64 at = ahead_.begun_until(from - from % format_.sectorsize, end);
  for (; at < end && ahead_.has_room(); at += range_size_) {
    const u64 length = std::min(range_size_, round_up(end - at, format_.sectorsize));
    begin({at, length}, extent.checksummed);
  }
}

// What cannot be begun will be reported by whoever reads it.
void ExtentReader::begin(const ReadAhead::Range& range, bool checksummed) {
  if (!ahead_.has_room() || range.end() < range.logical || range.logical % format_.sectorsize != 0)
    return;
  std::vector<u8> sums;
  if (checksummed) {
    const u64 sectors = round_up(range.length, format_.sectorsize) / format_.sectorsize;
    if (range.length % format_.sectorsize != 0 || !collect_sums(range.logical, sectors, sums).ok())
      return;
  }
  ahead_.begin(range, std::move(sums));
}

// The part that is whole sectors gets its CRC from theirs; what is left at its ends is a span of
// its own. The bytes begin `skip` bytes into their first sector.
void ExtentReader::add_verified(const Verified& verified, u64 skip,
                                std::vector<DataSpan>& out) const {
  Bytes bytes = verified.bytes;
  if (verified.sums == nullptr) {
    out.push_back({bytes});
    return;
  }
  const u32 sectorsize = format_.sectorsize;
  u64 head = skip == 0 ? 0 : std::min<u64>(sectorsize - skip, bytes.size());
  if (head > 0) out.push_back({part(bytes, 0, head)});
  u64 whole = (bytes.size() - head) / sectorsize;
  if (whole > 0) {
    const u8* sums = verified.sums + (head > 0 ? sizeof(u32) : 0);
    u32 crc = 0;
    for (u64 i = 0; i < whole; ++i)
      crc = crc_of_sectors_.append(crc, load_le<u32>(sums + i * sizeof(u32)));
    out.push_back({part(bytes, head, whole * sectorsize), crc});
  }
  u64 done = head + whole * sectorsize;
  if (done < bytes.size()) out.push_back({part(bytes, done, bytes.size() - done)});
}

void ExtentReader::add_zeros(u64 length, std::vector<DataSpan>& out) {
  while (length > 0) {
    const u64 some = std::min<u64>(length, ZEROS);
    out.push_back({part(zeros, 0, some), 0});
    length -= some;
  }
}

}  // namespace canopy
