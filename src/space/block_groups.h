// Block groups: how much of each chunk is used and where it is free. They decide where new extents
// go and keep the numbers that a commit writes; they never edit a tree.
//
// Of each group two sets are kept (once it was looked into, by reading its extent items):
//
//   free        what no extent covers: what the free space tree says
//   available   what may be allocated: free, less what is pinned or held and where superblocks lie
//
// An extent that the last commit shows and that is freed now is *pinned*: free, but not available
// before the commit that freed it has switched the commit roots. A group that is read-only takes no
// new extents. An address that is *held* is free, but kept for the extent that lay there. The
// numbers belong to the one thread that writes.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/range_set.h"
#include "tree/search.h"
#include "volume/volume.h"

namespace canopy {

struct BlockGroup {
  std::shared_ptr<const ChunkMapping> chunk;
  u64 used = 0;            // bytes that extents cover
  bool read_only = false;  // takes no new extents
  bool has_item = true;    // false from its creation until its item is written
  bool removed = false;    // its items are gone, the commit takes it away
  bool used_changed = false;
  bool free_changed = false;
  bool loaded = false;  // whether `free` and `available` are known
  RangeSet free;
  RangeSet available;

  u64 start() const { return chunk->logical; }
  u64 length() const { return chunk->length; }
  u64 end() const { return chunk->end(); }
  u64 flags() const { return chunk->type; }
};

// What an allocation must respect.
struct AllocationRule {
  u64 type = 0;  // BLOCK_GROUP_DATA, METADATA or SYSTEM: one bit of the group's
  u64 length = 0;
  u64 alignment = 0;
  u64 boundary = 0;            // 0: none; tree blocks may not cross a stripe of 64 KiB
  std::optional<u64> profile;  // of BLOCK_GROUP_PROFILE_MASK; any if not given

  bool allows(const BlockGroup& group) const {
    return !group.read_only && (group.flags() & type) != 0 &&
           (!profile || (group.flags() & BLOCK_GROUP_PROFILE_MASK) == *profile) &&
           group.length() - group.used >= length;
  }
};

class BlockGroups {
 public:
  struct Format {
    u32 nodesize = 0;
    u32 sectorsize = 0;
  };

  BlockGroups(Volume& volume, BlockCache& cache, Format format)
      : volume_(volume), cache_(cache), format_(format) {}

  // Reads all block group items from `tree`: the block group tree or the extent tree. Code::corrupt
  // where items and chunks do not match.
  Result<void> read_items(const RootPointer& tree);
  // Reads where a group's extents lie. REQUIRES: `extent_tree` is that of the last commit, and
  // nothing was allocated or freed in the group since.
  Result<void> load(BlockGroup& group, const RootPointer& extent_tree);
  // What load() needs where an allocation looks into a group for the first time.
  void set_extent_tree(const RootPointer& extent_tree) { extent_tree_ = extent_tree; }

  // A group for a chunk that was just made, empty.
  BlockGroup& add(std::shared_ptr<const ChunkMapping> chunk);
  void remove(u64 start);

  // The group that `logical` lies in; nullptr if none does.
  BlockGroup* find(u64 logical);
  std::map<u64, BlockGroup>& all() { return groups_; }
  u64 bytes_used() const;

  // A group that is closed is read-only until it is opened, also once groups were read anew.
  void close(u64 start);
  void open(u64 start);
  const std::set<u64>& closed() const { return closed_; }

  // New extents of this kind (BLOCK_GROUP_DATA, METADATA or SYSTEM) go only into groups of this
  // profile: a conversion runs.
  void set_target_profile(u64 type, std::optional<u64> profile) { targets_[type] = profile; }
  std::optional<u64> target_profile(u64 type) const {
    auto found = targets_.find(type);
    return found == targets_.end() ? std::nullopt : found->second;
  }

  // Takes room for one extent: at the lowest possible address at or after `from`, in group order.
  // nullopt if no group that may be written has it.
  Result<std::optional<u64>> allocate(const AllocationRule& rule, u64 from);
  // How many extents of that rule would fit into the groups that may be written, at or after
  // `from`, counted up to `enough`.
  Result<u64> count_room(const AllocationRule& rule, u64 enough, u64 from = 0);

  // Keeps the address of an extent that was or will be released for take_held, and takes it for an
  // extent again: false if it is not held, not free yet or its group is read-only.
  void hold(u64 start, u64 length);
  Result<bool> take_held(u64 start, u64 length);
  bool is_held(u64 start) const { return held_.intersects(start, 1); }
  bool has_held() const { return !held_.empty(); }
  // What is held may be allocated by anyone.
  void release_held();

  // An extent ends. `reusable`: no commit shows it, its address may be allocated again at once;
  // otherwise it is pinned.
  Result<void> release(u64 start, u64 length, bool reusable);
  // What is pinned now, as runs of addresses.
  const RangeSet& pinned() const { return pinned_; }
  // The transaction that freed them is committed: pinned extents become available. Returns them as
  // runs of addresses, none over the border of two groups.
  std::vector<std::pair<u64, u64>> unpin();
  // All free space around an address that is free, as start and end. REQUIRES: nothing is pinned.
  std::pair<u64, u64> free_run_at(u64 logical);

 private:
  void exclude_superblocks(BlockGroup& group);
  // Finds out what of `free` may be allocated.
  void find_available(BlockGroup& group);
  void take(BlockGroup& group, u64 start, u64 length);

  Volume& volume_;
  BlockCache& cache_;
  Format format_;
  RootPointer extent_tree_;
  std::map<u64, BlockGroup> groups_;
  RangeSet pinned_;
  RangeSet held_;
  std::set<u64> closed_;
  std::map<u64, std::optional<u64>> targets_;
};

}  // namespace canopy
