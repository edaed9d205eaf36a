#include "volume/superblock_log.h"

#include <cstring>

#include "volume/superblock.h"

namespace canopy {
namespace {

// BTRFS_MIN_ZONE_SIZE and BTRFS_MAX_ZONE_SIZE: a zone is a power of two in between.
constexpr u64 ZONE_SIZE_MIN = u64{4} << 20;
constexpr u64 ZONE_SIZE_MAX = u64{8} << 30;

class SuperblockLog {
 public:
  explicit SuperblockLog(Device& device) : device_(device) {}

  std::optional<LoggedSuperblock> newest() const {
    // The second zone goes on where the first is full; what it has from before is older.
    if (auto first = read(0)) return last_from(0, *first);
    // The first was just made empty.
    for (u64 zone = ZONE_SIZE_MIN; zone <= ZONE_SIZE_MAX; zone *= 2)
      if (auto second = read(zone)) return last_from(zone, *second);
    return std::nullopt;
  }

 private:
  using Super = std::shared_ptr<const Superblock>;

  std::optional<Super> read(u64 offset) const {
    if (device_.size_bytes() < offset + SUPER_INFO_SIZE) return std::nullopt;
    auto super = std::make_shared<Superblock>();
    const MutableBytes bytes(reinterpret_cast<u8*>(super.get()), sizeof *super);
    if (!device_.read(offset, bytes).ok()) return std::nullopt;
    if (!check_superblock(*super, SUPER_OFFSETS[0]).ok()) return std::nullopt;
    if ((super->incompat_flags & FEATURE_INCOMPAT_ZONED) == 0) return std::nullopt;
    return super;
  }

  // It is written onwards without gaps, so that the last one is found by halving.
  LoggedSuperblock last_from(u64 begin, const Super& first) const {
    LoggedSuperblock last{first, begin};
    u64 good = 0;
    u64 bad = (device_.size_bytes() - begin) / SUPER_INFO_SIZE;
    while (good + 1 < bad) {
      const u64 middle = good + (bad - good) / 2;
      auto super = read(begin + middle * SUPER_INFO_SIZE);
      if (super && is_later(**super, *first)) {
        good = middle;
        last = {*super, begin + middle * SUPER_INFO_SIZE};
      } else {
        bad = middle;
      }
    }
    return last;
  }

  static bool is_later(const Superblock& super, const Superblock& than) {
    return std::memcmp(super.fsid, than.fsid, sizeof super.fsid) == 0 &&
           super.generation >= than.generation;
  }

  Device& device_;
};

}  // namespace

std::optional<LoggedSuperblock> find_logged_superblock(Device& device) {
  return SuperblockLog(device).newest();
}

}  // namespace canopy
