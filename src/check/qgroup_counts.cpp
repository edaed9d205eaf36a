#include "check/qgroup_counts.h"

#include <algorithm>
#include <iterator>

#include "ondisk/file_extent.h"

namespace canopy {

QgroupCounts::SetId QgroupCounts::number_of(std::vector<u64> roots) {
  auto [entry, is_new] = numbers_.emplace(std::move(roots), static_cast<SetId>(sets_.size()));
  if (is_new) {
    members_ += entry->first.size();
    sets_.push_back(entry->first);
    bytes_of_set_.push_back(0);
  }
  return entry->second;
}

QgroupCounts::SetId QgroupCounts::united(SetId a, SetId b) {
  if (a == b) return a;
  const std::pair key = std::minmax(a, b);
  if (auto known = unions_.find(key); known != unions_.end()) return known->second;
  std::vector<u64> all;
  std::ranges::set_union(sets_[a], sets_[b], std::back_inserter(all));
  const SetId both = number_of(std::move(all));
  unions_.emplace(key, both);
  return both;
}

// Makes one entry of those with the same address. False: there are too many sets.
bool QgroupCounts::merge(std::vector<Reached>& reached) {
  std::ranges::sort(reached, {}, &Reached::bytenr);
  std::size_t kept = 0;
  for (const Reached& next : reached) {
    if (kept > 0 && reached[kept - 1].bytenr == next.bytenr) {
      reached[kept - 1].by = united(reached[kept - 1].by, next.by);
      if (sets_.size() > MOST_SETS || members_ > MOST_MEMBERS) return false;
    } else {
      reached[kept++] = next;
    }
  }
  reached.resize(kept);
  return true;
}

Result<bool> QgroupCounts::look_into(const Reached& reached, u8 level) {
  TRY(context_.advance());
  const auto block = context_.cache.read(reached.bytenr, BlockExpectation{.level = level});
  if (!block.ok()) return false;
  const ExtentBuffer& buffer = *block.value();
  for (u32 slot = 0; slot < buffer.nritems(); ++slot) {
    if (level > 0) {
      blocks_[level - 1].push_back({buffer.blockptr(slot), context_.nodesize, reached.by});
      continue;
    }
    if (buffer.key(slot).type != EXTENT_DATA_KEY) continue;
    const auto extent = load_file_extent(buffer.item(slot));
    if (extent && extent->type != FILE_EXTENT_INLINE && extent->disk_bytenr != 0)
      extents_.push_back({extent->disk_bytenr, extent->disk_num_bytes, reached.by});
  }
  return true;
}

Result<bool> QgroupCounts::count() {
  for (const CheckedTree& tree : context_.trees)
    if (is_subvolume_id(tree.root.tree) && tree.root.level < MAX_LEVEL)
      blocks_[tree.root.level].push_back(
          {tree.root.bytenr, context_.nodesize, number_of({tree.root.tree})});
  for (u8 level = MAX_LEVEL; level-- > 0;) {
    if (!merge(blocks_[level])) return false;
    for (const Reached& block : blocks_[level]) {
      bytes_of_set_[block.by] += block.length;
      if (!TRY(look_into(block, level))) return false;
    }
    blocks_[level] = {};
  }
  if (!merge(extents_)) return false;
  for (const Reached& extent : extents_)
    bytes_of_set_[extent.by] += extent.length;
  return true;
}

std::map<u64, QgroupCount> QgroupCounts::of_groups(const std::set<u64>& groups,
                                                   const std::multimap<u64, u64>& parents) const {
  std::map<u64, QgroupCount> counts;
  std::map<u64, std::set<u64>> above;  // of each subvolume: its group and all that this is in
  auto groups_above = [&](u64 root) -> const std::set<u64>& {
    auto [entry, is_new] = above.try_emplace(root);
    if (!is_new || !groups.contains(root)) return entry->second;
    std::vector<u64> next = {root};
    while (!next.empty()) {
      const u64 group = next.back();
      next.pop_back();
      if (!entry->second.insert(group).second) continue;
      for (auto [at, end] = parents.equal_range(group); at != end; ++at)
        if (groups.contains(at->second)) next.push_back(at->second);
    }
    return entry->second;
  };
  for (std::size_t set = 0; set < sets_.size(); ++set) {
    if (bytes_of_set_[set] == 0) continue;
    std::map<u64, std::size_t> reaching;  // how many of the set's subvolumes are in each group
    for (const u64 root : sets_[set])
      for (const u64 group : groups_above(root))
        ++reaching[group];
    for (const auto& [group, roots] : reaching) {
      counts[group].rfer += bytes_of_set_[set];
      if (roots == sets_[set].size()) counts[group].excl += bytes_of_set_[set];
    }
  }
  return counts;
}

}  // namespace canopy
