// Quotas: that the kernel will believe the numbers, and the numbers themselves: with simple quotas,
// which charge each extent to one subvolume, and with those that count who shares it.

#include "check/qgroup_counts.h"
#include "check/tree_scan.h"

namespace canopy {
namespace {

// A qgroup's id has its level in the upper 16 bits; those of level 0 are subvolumes.
constexpr u32 QGROUP_LEVEL_SHIFT = 48;

void check_status(CheckContext& context) {
  const QgroupStatusItem& status = *context.quota_status;
  const CheckContext::Place place{{}, QUOTA_TREE_OBJECTID, Key{0, QGROUP_STATUS_KEY, 0}};
  const u64 inconsistent = QGROUP_STATUS_FLAG_INCONSISTENT | QGROUP_STATUS_FLAG_RESCAN;
  const bool counted = (status.flags & QGROUP_STATUS_FLAG_ON) != 0 &&
                       (status.flags & (inconsistent | QGROUP_STATUS_FLAG_SIMPLE_MODE)) == 0;
  if (counted && status.generation != context.super().generation)
    context.warn(Problem::quota, place,
                 "generation {}, but the filesystem's is {}: the kernel would take the numbers for "
                 "inconsistent",
                 status.generation.value(), context.super().generation.value());
}

Result<void> check_simple(CheckContext& context, const CheckedTree& tree) {
  TreeScan scan(context, tree);
  while (TRY(scan.next())) {
    const Key key = scan.key();
    if (key.type != QGROUP_INFO_KEY || key.offset >> QGROUP_LEVEL_SHIFT != 0) continue;
    if (scan.item().size() < sizeof(QgroupInfoItem)) {
      context.error(Problem::quota, {{}, QUOTA_TREE_OBJECTID, key}, "item of {} bytes",
                    scan.item().size());
      continue;
    }
    const auto info = load_struct<QgroupInfoItem>(scan.item());
    const u64 owned = context.owned_bytes[key.offset];
    if (info.rfer != owned || info.excl != owned)
      context.error(Problem::quota, {{}, QUOTA_TREE_OBJECTID, key},
                    "{} bytes referenced, {} exclusive, but the subvolume owns {}",
                    info.rfer.value(), info.excl.value(), owned);
  }
  return {};
}

struct Qgroups {
  std::map<u64, std::pair<Key, QgroupInfoItem>> infos;  // by id
  std::set<u64> ids;
  std::multimap<u64, u64> parents;
};

Result<Qgroups> read_qgroups(CheckContext& context, const CheckedTree& tree) {
  Qgroups groups;
  TreeScan scan(context, tree);
  while (TRY(scan.next())) {
    const Key key = scan.key();
    if (key.type == QGROUP_INFO_KEY && scan.item().size() >= sizeof(QgroupInfoItem)) {
      groups.infos[key.offset] = {key, load_struct<QgroupInfoItem>(scan.item())};
      groups.ids.insert(key.offset);
    }
    // Each relation stands there twice, also from the group to its member.
    if (key.type == QGROUP_RELATION_KEY && key.objectid < key.offset)
      groups.parents.emplace(key.objectid, key.offset);
  }
  return groups;
}

Result<void> check_shared(CheckContext& context, const CheckedTree& tree) {
  // What a subvolume that is being deleted still counts for is known when it is gone.
  for (const CheckedTree& other : context.trees)
    if (is_subvolume_id(other.root.tree) && other.is_dead()) return {};
  const Qgroups groups = TRY(read_qgroups(context, tree));
  context.begin(CheckStage::quotas, context.metadata_blocks);
  QgroupCounts counter(context);
  if (!TRY(counter.count())) {
    context.warn(Problem::incomplete, {{}, QUOTA_TREE_OBJECTID},
                 "who shares what with whom is too much to compare, or cannot be read");
    return {};
  }
  auto counts = counter.of_groups(groups.ids, groups.parents);
  for (const auto& [id, info] : groups.infos) {
    // Groups of subvolumes that are gone stay until somebody removes them.
    if (id >> QGROUP_LEVEL_SHIFT == 0 && context.tree(id) == nullptr) continue;
    const auto& [key, says] = info;
    const QgroupCount& is = counts[id];
    if (says.rfer != is.rfer || says.excl != is.excl)
      context.error(Problem::quota, {{}, QUOTA_TREE_OBJECTID, key},
                    "{} bytes referenced, {} exclusive, but the trees reach {} and {}",
                    says.rfer.value(), says.excl.value(), is.rfer, is.excl);
  }
  return {};
}

}  // namespace

Result<void> check_quotas(CheckContext& context) {
  context.begin(CheckStage::quotas, 0);
  const CheckedTree* tree = context.tree(QUOTA_TREE_OBJECTID);
  context.report.skipped[static_cast<u32>(CheckStage::quotas)] = tree == nullptr;
  if (tree == nullptr || !context.quota_status) return {};
  check_status(context);
  const u64 flags = context.quota_status->flags;
  if ((flags & (QGROUP_STATUS_FLAG_INCONSISTENT | QGROUP_STATUS_FLAG_RESCAN)) != 0 ||
      !context.extents_complete || !context.incomplete_trees.empty())
    return {};
  if ((flags & QGROUP_STATUS_FLAG_SIMPLE_MODE) != 0) return check_simple(context, *tree);
  return check_shared(context, *tree);
}

}  // namespace canopy
