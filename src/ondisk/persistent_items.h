// What the kernel remembers of long operations and of devices: a balance that was interrupted, a
// device that is being replaced, error counts of devices.
#pragma once

#include "ondisk/key.h"

namespace canopy {

// btrfs_disk_balance_args. usage and limit were one number each before they became ranges.
struct DiskBalanceArgs {
  le64 profiles;
  le32 usage_min;
  le32 usage_max;
  le64 devid;
  le64 pstart;
  le64 pend;
  le64 vstart;
  le64 vend;
  le64 target;
  le64 flags;
  le32 limit_min;
  le32 limit_max;
  le32 stripes_min;
  le32 stripes_max;
  le64 unused[6];
};
static_assert(sizeof(DiskBalanceArgs) == 136);

// btrfs_balance_item: (BALANCE, TEMPORARY_ITEM, 0) of the root tree.
struct BalanceItem {
  le64 flags;
  DiskBalanceArgs data;
  DiskBalanceArgs meta;
  DiskBalanceArgs sys;
  le64 unused[4];
};
static_assert(sizeof(BalanceItem) == 448);

// btrfs_dev_stats_item: (DEV_STATS, PERSISTENT_ITEM, devid) of the device tree.
struct DevStatsItem {
  le64 write_errs;
  le64 read_errs;
  le64 flush_errs;
  le64 corruption_errs;
  le64 generation_errs;
};
static_assert(sizeof(DevStatsItem) == 40);

// btrfs_dev_replace_item: (0, DEV_REPLACE, 0) of the device tree.
struct DevReplaceItem {
  le64 src_devid;
  le64 cursor_left;
  le64 cursor_right;
  le64 cont_reading_from_srcdev_mode;
  le64 replace_state;
  le64 time_started;
  le64 time_stopped;
  le64 num_write_errors;
  le64 num_uncorrectable_read_errors;
};
static_assert(sizeof(DevReplaceItem) == 72);

// btrfs_dir_log_item: of log trees.
struct DirLogItem {
  le64 end;
};
static_assert(sizeof(DirLogItem) == 8);

// btrfs_raid_stride: a RAID_STRIPE item is an array of them.
struct RaidStride {
  le64 devid;
  le64 physical;
};
static_assert(sizeof(RaidStride) == 16);

}  // namespace canopy
