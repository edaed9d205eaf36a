// The order of addresses that blocks of subvolumes had before anything was moved, and how to keep
// it. Which clone source send finds first hangs on the order of the parents of one extent, which
// are all of one level; so it is the order within each level that is kept.
//
// A block's *home* is the address where it lay first. A block that is rewritten because a child
// moves lies elsewhere for a while, and goes home at the end; where homes are gone, with their
// block group, blocks take rising addresses in the order of their homes. Rewriting a block rewrites
// its ancestors too but nothing below it: putting the leaves in order first, then the nodes above
// them, and so on, disturbs nothing that is in order already, with batches of any size.
#pragma once

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/types.h"

namespace canopy {

class HomeOrder {
 public:
  // The home of the block that lies at `bytenr` now.
  u64 home_of(u64 bytenr) const {
    auto found = homes_.find(bytenr);
    return found == homes_.end() ? bytenr : found->second.bytenr;
  }
  // Whether a block that is not at home lies there now.
  bool is_away(u64 bytenr) const { return homes_.contains(bytenr); }

  // Blocks of these levels have moved, from address to address.
  void moved(const std::unordered_map<u64, u64>& names, const std::map<u64, u8>& levels);

  // Blocks are no longer there, without having moved.
  void gone(const std::vector<u64>& blocks) {
    for (u64 bytenr : blocks)
      homes_.erase(bytenr);
  }

  // Where the blocks of a level lie that are not at home, in the order of their homes; only those
  // with homes in [first, last].
  std::vector<u64> away(u8 level, u64 first = 0, u64 last = ~u64{0}) const;

 private:
  struct Home {
    u64 bytenr;
    u8 level;
  };
  std::unordered_map<u64, Home> homes_;
};

// Blocks that take rising addresses.
struct RisingBlocks {
  std::set<u64> blocks;
  u64 next = 0;  // from where on they do
};

}  // namespace canopy
