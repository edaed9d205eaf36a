// Where the receiver can clone an extent from: a range of a file that it has already and that holds
// the same space on disk.
//
// Among all users of the extent (backref_walk.h) those count whose root is one of the clone roots
// and which, in the send root, come before the range that is sent. For each clone root the largest
// item is kept, the first one found among equals; the walk ends at once when an item is as large as
// the range. So the order of the walk decides, and so does the cache of roots of leaves, since
// known leaves are reported early: 128 leaves, the kernel's number.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "backref/backref_walk.h"
#include "base/result.h"
#include "send/extent_item.h"
#include "send/lru_cache.h"

namespace canopy {

struct CurrentInode;

struct CloneSource {
  const RootReader* root = nullptr;
  u64 ino = 0;
  u64 offset = 0;
};

class CloneFinder {
 public:
  // Both are borrowed.
  CloneFinder(SendContext& context, const CurrentInode& inode);

  // The source for the item, which is one of the inode in hand; absent if there is none.
  Result<std::optional<CloneSource>> find(const ExtentItemAt& item);

 private:
  class Search;
  // The best item of a clone root.
  struct Candidate {
    const RootReader* root = nullptr;
    bool found = false;
    u64 ino = 0;
    u64 offset = 0;
    u64 num_bytes = 0;
  };
  // The clone roots from which a leaf is reached.
  static constexpr std::size_t roots_kept_of_leaf = 17;
  struct LeafRoots {
    std::array<u64, roots_kept_of_leaf> ids;
    std::size_t count = 0;
  };

  Candidate* candidate_of(u64 root);
  std::optional<CloneSource> best(u64 length) const;

  SendContext& context_;
  const CurrentInode& inode_;
  BackrefWalk walk_;
  std::vector<Candidate> candidates_;  // ascending by root id
  LruCache<LeafRoots> leaf_roots_;
};

}  // namespace canopy
