// What all steps of a check share: the filesystem as it lies on the devices, seen through a cache
// and a forest of the check's own; where findings go; what was learned about the trees.
#pragma once

#include <map>
#include <set>

#include "check/address_set.h"
#include "check/check.h"
#include "files/data_checksums.h"
#include "filesystem/filesystem.h"
#include "ondisk/quota.h"
#include "space/block_groups.h"
#include "tree/committed_forest.h"

namespace canopy {

// A tree as its root item says. Subvolumes that are being deleted have a point up to which their
// blocks may be gone.
struct CheckedTree {
  RootPointer root;
  RootItem item;  // as parse_root_item
  Key key;        // of the root item

  bool is_dead() const { return item.refs == 0; }
  // Blocks of the tree are missing on the left of drop_progress.
  bool is_partly_dropped() const {
    return is_dead() && item.drop_progress.objectid != 0 && item.drop_level > 0;
  }
};

// What the extent tree says of a block group, beside what the block group says itself.
struct GroupUse {
  u64 used = 0;       // bytes covered by extents
  u64 free_runs = 0;  // between them
  u64 free_sum = 0;   // of free_run_hash() of these
  u64 last_end = 0;   // of the last extent, while they are gone through
};

class CheckContext {
 public:
  CheckContext(Filesystem& filesystem, const CheckOptions& options, CheckControl& control,
               const CheckWatcher& watcher);

  Filesystem& filesystem;
  const CheckOptions& options;
  CheckReport report;

  BlockCache cache;
  CommittedForest forest;
  const u32 nodesize;
  const u32 sectorsize;

  // Filled by the step of the root items.
  std::vector<CheckedTree> trees;  // all, the root tree and the chunk tree first
  std::set<u64> dead_orphans;      // subvolumes with an orphan item in the root tree
  std::optional<QgroupStatusItem> quota_status;
  // Filled by the step of the extents.
  AddressSet full_backref;  // tree blocks whose children are referred to by their address
  AddressSet shared_block;  // tree blocks with several references
  std::map<u64, GroupUse> groups;
  u64 metadata_blocks = 0;
  // With simple quotas: what each subvolume is charged for.
  std::map<u64, u64> owned_bytes;
  // Trees of which something could not be read: what follows from them is not reported.
  std::set<u64> incomplete_trees;
  bool extents_complete = true;

  // Whether simple quotas charge for an extent of this generation.
  bool is_charged(u64 generation) const {
    return quota_status && (quota_status->flags & QGROUP_STATUS_FLAG_SIMPLE_MODE) != 0 &&
           generation >= quota_status->enable_gen;
  }

  Volume& volume() { return filesystem.volume(); }
  const Superblock& super() const { return filesystem.super(); }
  // nullptr if there is none.
  const CheckedTree* tree(u64 id) const;

  void begin(CheckStage stage, u64 total);
  // One piece of work done; Code::cancelled if nobody wants to go on.
  Result<void> advance(u64 amount = 1);

  // Adds a finding of the current stage.
  struct Place {
    std::optional<u64> address = std::nullopt;
    std::optional<u64> tree = std::nullopt;
    std::optional<Key> key = std::nullopt;
  };
  template <typename... Args>
  void error(Problem problem, const Place& place, fmt::format_string<Args...> format,
             Args&&... args) {
    add(problem, Severity::error, place, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void warn(Problem problem, const Place& place, fmt::format_string<Args...> format,
            Args&&... args) {
    add(problem, Severity::warning, place, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  void add(Problem problem, Severity severity, const Place& place, std::string reason);

  CheckControl& control_;
  const CheckWatcher& watcher_;
  CheckStage stage_ = CheckStage::root_items;
  bool begun_ = false;
};

// The steps. Each returns an Error only if the check was cancelled.
Result<void> check_superblocks(CheckContext& context);  // superblocks.cpp
Result<void> check_extent_tree(CheckContext& context);  // extents.cpp
Result<void> check_chunks(CheckContext& context);       // chunks.cpp
Result<void> check_free_space(CheckContext& context);   // free_space.cpp
Result<void> check_subvolumes(CheckContext& context);   // subvolumes.cpp
Result<void> check_csum_items(CheckContext& context);   // csums.cpp
Result<void> check_data(CheckContext& context);         // data.cpp
Result<void> check_root_refs(CheckContext& context);    // root_refs.cpp
Result<void> check_quotas(CheckContext& context);       // quotas.cpp

}  // namespace canopy
