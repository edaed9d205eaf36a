// The free space tree against the extent tree: of each block group the sum of all free runs, and
// where sums differ, the runs themselves. Without a tree the free space cache (space_cache.h).

#include "ondisk/free_space.h"
#include "check/extent_facts.h"
#include "check/space_cache.h"
#include "check/tree_scan.h"

namespace canopy {
namespace {

using Run = std::pair<u64, u64>;  // start, end

// What the free space tree says of one block group.
struct RecordedSpace {
  bool has_info = false;
  Key info_key;
  FreeSpaceInfo info{};
  u64 length = 0;
  u64 runs = 0;
  u64 sum = 0;
  u64 bitmaps = 0;
  Run last{0, 0};  // not yet in the sum: it may go on
};

class FreeSpace {
 public:
  FreeSpace(CheckContext& context, const CheckedTree& tree) : context_(context), tree_(tree) {}

  Result<void> run() {
    for (const auto& chunk : context_.volume().chunks().all())
      chunks_.emplace(chunk->logical, chunk->length);
    TreeScan scan(context_, tree_);
    while (TRY(scan.next())) {
      const Key& key = scan.key();
      auto chunk = chunk_of(key.objectid);
      // mkfs.btrfs leaves items of its temporary block groups behind: nobody asks for them.
      if (!chunk) continue;
      RecordedSpace& space = groups_[*chunk];
      if (key.type == FREE_SPACE_INFO_KEY) {
        space.has_info = true;
        space.info_key = key;
        space.info = load_struct<FreeSpaceInfo>(scan.item());
      }
      if (key.type == FREE_SPACE_BITMAP_KEY) ++space.bitmaps;
      for_each_run(key, scan.item(), context_.sectorsize,
                   [&](const Run& run) { add_run(space, run); });
    }
    if (!scan.complete()) {
      context_.error(Problem::incomplete, {{}, FREE_SPACE_TREE_OBJECTID},
                     "the free space tree was not compared, since it cannot be read whole");
      return {};
    }
    for (const auto& [start, length] : chunks_)
      TRY(compare(start, length));
    return {};
  }

  // Calls take(run) for what an item says is free; a run may go on in the next item.
  template <typename Take>
  static void for_each_run(const Key& key, Bytes item, u32 sectorsize, const Take& take) {
    if (key.type == FREE_SPACE_EXTENT_KEY) take(Run{key.objectid, key.objectid + key.offset});
    if (key.type != FREE_SPACE_BITMAP_KEY) return;
    const u64 sectors = std::min<u64>(key.offset / sectorsize, u64{item.size()} * 8);
    auto is_free = [&](u64 at) {
      return (item[static_cast<std::size_t>(at / 8)] >> at % 8 & 1) != 0;
    };
    for (u64 at = 0; at < sectors;) {
      const u64 from = at;
      while (at < sectors && is_free(at) == is_free(from))
        ++at;
      if (is_free(from))
        take(Run{key.objectid + from * sectorsize, key.objectid + at * sectorsize});
    }
  }

 private:
  std::optional<u64> chunk_of(u64 address) const {
    auto next = chunks_.upper_bound(address);
    if (next == chunks_.begin()) return std::nullopt;
    const auto& [start, length] = *std::prev(next);
    return address - start < length ? std::optional(start) : std::nullopt;
  }

  static void end_run(RecordedSpace& space) {
    if (space.last.second == space.last.first) return;
    ++space.runs;
    space.sum += free_run_hash(space.last.first, space.last.second);
  }

  static void add_run(RecordedSpace& space, const Run& run) {
    if (run.first == space.last.second && space.bitmaps > 0) {
      space.last.second = run.second;  // from one bitmap to the next
      return;
    }
    end_run(space);
    space.last = run;
  }

  Result<void> compare(u64 start, u64 length) {
    RecordedSpace& space = groups_[start];
    end_run(space);
    const CheckContext::Place place{start, FREE_SPACE_TREE_OBJECTID};
    if (!space.has_info || space.info_key.objectid != start || space.info_key.offset != length) {
      context_.error(Problem::free_space, place,
                     "the free space tree does not know the block group");
      return {};
    }
    const CheckContext::Place info_place{start, FREE_SPACE_TREE_OBJECTID, space.info_key};
    if (space.info.extent_count != space.runs)
      context_.error(Problem::free_space, info_place, "counts {} free runs, but there are {}",
                     space.info.extent_count.value(), space.runs);
    const bool uses_bitmaps = (space.info.flags & FREE_SPACE_USING_BITMAPS) != 0;
    if (uses_bitmaps != (space.bitmaps > 0))
      context_.error(Problem::free_space, info_place, "flags {:#x}, but it has {} bitmaps",
                     space.info.flags.value(), space.bitmaps);
    const GroupUse& use = context_.groups[start];
    if (context_.extents_complete && (use.free_sum != space.sum || use.free_runs != space.runs))
      TRY(report_difference(start, start + length));
    return {};
  }

  Result<void> report_difference(u64 start, u64 end) {
    std::vector<Run> free;
    u64 at = start;
    auto add = [&free](u64 from, u64 to) {
      if (from < to) free.emplace_back(from, to);
    };
    TreeScan extents(context_, *context_.tree(EXTENT_TREE_OBJECTID), Key{start, 0, 0});
    while (TRY(extents.next()) && extents.key().objectid < end) {
      const Key& key = extents.key();
      if (key.type != EXTENT_ITEM_KEY && key.type != METADATA_ITEM_KEY) continue;
      add(at, key.objectid);
      const u64 length = key.type == METADATA_ITEM_KEY ? context_.nodesize : key.offset;
      at = std::max(at, key.objectid + length);
    }
    add(at, end);
    std::vector<Run> recorded;
    TreeScan scan(context_, tree_, Key{start, 0, 0});
    while (TRY(scan.next()) && scan.key().objectid < end)
      for_each_run(scan.key(), scan.item(), context_.sectorsize, [&](const Run& run) {
        if (!recorded.empty() && recorded.back().second == run.first &&
            scan.key().type == FREE_SPACE_BITMAP_KEY) {
          recorded.back().second = run.second;
        } else {
          recorded.push_back(run);
        }
      });
    report_runs(start, free, recorded);
    return {};
  }

  void report_runs(u64 group, const std::vector<Run>& free, const std::vector<Run>& recorded) {
    constexpr u32 most = 20;
    u32 count = 0;
    auto a = free.begin();
    auto b = recorded.begin();
    while (a != free.end() || b != recorded.end()) {
      if (a != free.end() && b != recorded.end() && *a == *b) {
        ++a, ++b;
        continue;
      }
      if (++count > most) {
        context_.error(Problem::free_space, {group, FREE_SPACE_TREE_OBJECTID},
                       "more of the block group's free space differs");
        return;
      }
      if (b == recorded.end() || (a != free.end() && a->first < b->first)) {
        context_.error(Problem::free_space, {a->first, FREE_SPACE_TREE_OBJECTID},
                       "{} to {} is free, but not recorded so", a->first, a->second);
        ++a;
      } else if (a == free.end() || b->first < a->first) {
        context_.error(Problem::free_space, {b->first, FREE_SPACE_TREE_OBJECTID},
                       "{} to {} is recorded as free, but is not", b->first, b->second);
        ++b;
      } else {
        context_.error(Problem::free_space, {a->first, FREE_SPACE_TREE_OBJECTID},
                       "free from {} to {}, but recorded to {}", a->first, a->second, b->second);
        ++a, ++b;
      }
    }
  }

  CheckContext& context_;
  const CheckedTree& tree_;
  std::map<u64, u64> chunks_;
  std::map<u64, RecordedSpace> groups_;
};

}  // namespace

Result<void> check_free_space(CheckContext& context) {
  context.begin(CheckStage::free_space, 0);
  const u64 valid = FEATURE_COMPAT_RO_FREE_SPACE_TREE | FEATURE_COMPAT_RO_FREE_SPACE_TREE_VALID;
  const CheckedTree* tree = context.tree(FREE_SPACE_TREE_OBJECTID);
  context.report.has_free_space_tree = tree != nullptr;
  if ((context.super().compat_ro_flags & valid) == valid) {
    if (tree != nullptr) return FreeSpace(context, *tree).run();
    if (!context.incomplete_trees.contains(ROOT_TREE_OBJECTID))
      context.error(Problem::free_space, {{}, FREE_SPACE_TREE_OBJECTID},
                    "the superblock says that there is a free space tree");
    return {};
  }
  return check_space_cache(context);
}

}  // namespace canopy
