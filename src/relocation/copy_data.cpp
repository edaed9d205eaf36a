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

}  // namespace

Result<void> copy_extent(Volume& volume, const ChecksumInfo& checksum, const CsumFormat& format,
                         const std::vector<CsumRun>& csums, u64 from, u64 to, u64 length) {
  std::vector<u8> buffer(static_cast<std::size_t>(std::min(PIECE, length)));
  for (u64 done = 0; done < length;) {
    MutableBytes piece =
        MutableBytes(buffer).first(static_cast<std::size_t>(std::min(PIECE, length - done)));
    u64 at = from + done;
    std::optional<Error> problem;
    u32 mirrors = volume.num_mirrors(at);
    for (u32 mirror = 1; mirror <= mirrors; ++mirror) {
      auto read = volume.read(at, piece, mirror);
      if (!read.ok()) {
        problem = std::move(read).error();
        continue;
      }
      auto wrong = first_wrong_sector(checksum, format, csums, at, piece);
      if (!wrong) {
        problem.reset();
        break;
      }
      problem = error(Code::corrupt, "data does not have its checksum").at(*wrong).as_errno("EIO");
    }
    if (problem) return *std::move(problem);
    TRY(volume.write(to + done, piece));
    done += piece.size();
  }
  return {};
}

}  // namespace canopy
