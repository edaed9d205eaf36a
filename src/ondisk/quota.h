// The quota tree's items.
#pragma once

#include "ondisk/key.h"

namespace canopy {

inline constexpr u64 QGROUP_STATUS_FLAG_ON = 1u << 0;
inline constexpr u64 QGROUP_STATUS_FLAG_RESCAN = 1u << 1;
inline constexpr u64 QGROUP_STATUS_FLAG_INCONSISTENT = 1u << 2;
inline constexpr u64 QGROUP_STATUS_FLAG_SIMPLE_MODE = 1u << 3;

// btrfs_qgroup_status_item; enable_gen is there with simple quotas only.
struct QgroupStatusItem {
  le64 version;
  le64 generation;
  le64 flags;
  le64 rescan;
  le64 enable_gen;
};
static_assert(sizeof(QgroupStatusItem) == 40);
inline constexpr u32 QGROUP_STATUS_ITEM_V1_SIZE = 32;

// btrfs_qgroup_info_item
struct QgroupInfoItem {
  le64 generation;
  le64 rfer;
  le64 rfer_cmpr;
  le64 excl;
  le64 excl_cmpr;
};
static_assert(sizeof(QgroupInfoItem) == 40);

// btrfs_qgroup_limit_item
struct QgroupLimitItem {
  le64 flags;
  le64 max_rfer;
  le64 max_excl;
  le64 rsv_rfer;
  le64 rsv_excl;
};
static_assert(sizeof(QgroupLimitItem) == 40);

}  // namespace canopy
