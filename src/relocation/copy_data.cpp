#include "relocation/copy_data.h"

#include <algorithm>

namespace canopy {
namespace {

constexpr u64 PIECE = 1u << 20;

// The first sector of [from, from + bytes.size()) whose checksum is not that of `bytes`.
std::optional<u64> first_wrong_sector(const ChecksumInfo& checksum, const CsumFormat& format,
                                      const std::vector<CsumRun>& csums, u64 from, Bytes bytes) {
  u64 end = from + bytes.size();
  for (const CsumRun& run : csums) {
    u64 run_end = run.logical + run.csums.size() / format.csum_size * format.sectorsize;
    for (u64 at = std::max(run.logical, from); at < std::min(run_end, end);
         at += format.sectorsize) {
      auto index = static_cast<std::size_t>((at - run.logical) / format.sectorsize);
      Bytes sector = bytes.subspan(static_cast<std::size_t>(at - from), format.sectorsize);
      if (!checksum_matches(checksum, sector, run.csums.data() + index * format.csum_size))
        return at;
    }
  }
  return std::nullopt;
}

// The bytes in place if they lie in memory, else in `buffer`.
Result<Bytes> read_piece(Volume& volume, u64 at, u64 size, u32 mirror, std::vector<u8>& buffer) {
  if (auto mapped = volume.mapped(at, size, mirror)) return *mapped;
  buffer.resize(to_size(size));
  TRY(volume.read(at, buffer, mirror));
  return Bytes(buffer);
}

}  // namespace

Result<void> copy_extent(Volume& volume, const ChecksumInfo& checksum, const CsumFormat& format,
                         const std::vector<CsumRun>& csums, u64 from, u64 to, u64 length) {
  std::vector<u8> buffer;
  volume.will_read(from, std::min(PIECE, length));
  for (u64 done = 0; done < length;) {
    const u64 at = from + done;
    const u64 size = std::min(PIECE, length - done);
    if (length - done > size) volume.will_read(at + size, std::min(PIECE, length - done - size));
    std::optional<Error> problem;
    Bytes right;
    u32 mirrors = volume.num_mirrors(at);
    for (u32 mirror = 1; mirror <= mirrors && right.empty(); ++mirror) {
      auto piece = read_piece(volume, at, size, mirror, buffer);
      if (!piece.ok()) {
        problem = std::move(piece).error();
      } else if (auto wrong = first_wrong_sector(checksum, format, csums, at, piece.value())) {
        problem =
            error(Code::corrupt, "data does not have its checksum").at(*wrong).as_errno("EIO");
      } else {
        right = piece.value();
      }
    }
    if (right.empty() && problem) return *std::move(problem);
    if (right.empty()) return error(Code::corrupt, "no chunk maps this address").at(at);
    TRY(volume.write(to + done, right));
    done += size;
  }
  return {};
}

}  // namespace canopy
