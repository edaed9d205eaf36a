// Quotas: that the kernel will believe the numbers, and with simple quotas, which charge each
// extent to one subvolume, the numbers themselves.

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

}  // namespace

Result<void> check_quotas(CheckContext& context) {
  context.begin(CheckStage::quotas, 0);
  const CheckedTree* tree = context.tree(QUOTA_TREE_OBJECTID);
  context.report.skipped[static_cast<u32>(CheckStage::quotas)] = tree == nullptr;
  if (tree == nullptr || !context.quota_status) return {};
  check_status(context);
  const u64 flags = context.quota_status->flags;
  if ((flags & QGROUP_STATUS_FLAG_SIMPLE_MODE) == 0 ||
      (flags & QGROUP_STATUS_FLAG_INCONSISTENT) != 0)
    return {};
  if (context.extents_complete && context.incomplete_trees.empty())
    return check_simple(context, *tree);
  return {};
}

}  // namespace canopy
