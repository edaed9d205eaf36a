// All data that have checksums, on all mirrors.

#include <algorithm>

#include "check/tree_scan.h"
#include "files/sector_sums.h"

namespace canopy {
namespace {

class Data {
 public:
  explicit Data(CheckContext& context)
      : context_(context), format_{context.sectorsize, context.cache.format().checksum} {}

  Result<void> run(const CheckedTree& tree) {
    TreeScan scan(context_, tree);
    while (TRY(scan.next())) {
      const Key& key = scan.key();
      if (key.objectid != EXTENT_CSUM_OBJECTID || key.type != EXTENT_CSUM_KEY) continue;
      const u64 sectors = scan.item().size() / format_.checksum->size;
      for (u64 done = 0; done < sectors;) {
        const u64 logical = key.offset + done * context_.sectorsize;
        const u64 count = std::min(at_once(logical), sectors - done);
        const std::size_t skip = to_size(done * format_.checksum->size);
        check_sectors(logical, count, scan.item().subspan(skip));
        TRY(context_.advance(count * context_.sectorsize));
        done += count;
      }
    }
    return {};
  }

 private:
  static constexpr u64 AT_ONCE = 64;  // sectors

  // Sectors of one stripe: where a device is missing, another stripe may be there.
  u64 at_once(u64 logical) const {
    const u64 in_stripe = context_.volume().contiguous(logical) / context_.sectorsize;
    return in_stripe == 0 ? AT_ONCE : std::min(AT_ONCE, in_stripe);
  }

  void check_sectors(u64 logical, u64 sectors, Bytes sums) {
    auto chunk = context_.volume().chunks().find(logical);
    if (chunk == nullptr) {
      context_.error(Problem::data, {logical}, "no chunk maps this address");
      return;
    }
    // As with tree blocks: the second rebuild of RAID6 is the last that brings something new.
    const u32 mirrors =
        chunk->profile->parity > 0 ? std::min(chunk->num_mirrors(), 3u) : chunk->num_mirrors();
    const bool degraded = std::ranges::any_of(chunk->stripes, [&](const ChunkStripe& stripe) {
      return context_.volume().device(stripe.devid) == nullptr;
    });
    bool any_read = false;
    std::optional<Error> problem;
    for (u32 mirror = 1; mirror <= mirrors; ++mirror) {
      auto read = check_mirror(logical, sectors, sums, mirror);
      any_read |= read.ok();
      if (!read.ok()) {
        if (!degraded)
          context_.error(Problem::data, {logical}, "mirror {}: {}", mirror,
                         read.error().to_string());
        problem = std::move(read).error();
      }
    }
    if (degraded && !any_read && problem)
      context_.error(Problem::data, {logical}, "{}", problem->message());
  }

  Result<void> check_mirror(u64 logical, u64 sectors, Bytes sums, u32 mirror) {
    buffer_.resize(to_size(sectors * context_.sectorsize));
    TRY(context_.volume().read(logical, buffer_, mirror));
    std::optional<u64> bad = find_bad_sector(format_, buffer_, sums.data());
    for (; bad; bad = find_bad_sector(format_, buffer_, sums.data(), *bad + 1))
      context_.error(Problem::data, {logical + *bad * context_.sectorsize},
                     "mirror {}: wrong checksum", mirror);
    return {};
  }

  CheckContext& context_;
  SectorFormat format_;
  std::vector<u8> buffer_;
};

}  // namespace

Result<void> check_data(CheckContext& context) {
  if (!context.options.check_data_csum) return {};
  const CheckedTree* tree = context.tree(CSUM_TREE_OBJECTID);
  if (tree == nullptr) return {};
  const u64 sums = context.report.csum_bytes / context.cache.format().checksum->size;
  context.begin(CheckStage::checksums, sums * context.sectorsize);
  return Data(context).run(*tree);
}

}  // namespace canopy
