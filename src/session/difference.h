// What differs between two subvolumes, found as send finds it: both trees walked in lockstep, and
// what both share skipped without being read. Plain values, made on a thread.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "filesystem/filesystem.h"
#include "session/places.h"

namespace canopy {

struct DifferenceKey {
  u64 parent = 0;      // A
  u64 subvolume = 0;   // B
  u64 generation = 0;  // of the filesystem

  friend bool operator==(const DifferenceKey&, const DifferenceKey&) = default;
};

enum class ItemDifference : u8 { added, removed, changed };

struct DifferentItem {
  ItemDifference what = ItemDifference::added;
  Key key;
  u32 size_before = 0;  // in A
  u32 size_after = 0;   // in B
  Place place;          // in B; of removed ones in A
  std::string path;     // of the inode that the item is of, there; empty if it has none
};

// A part of a tree, as its place on an axis from 0 to 1 on which each node's width is divided
// among its children.
struct TreePart {
  enum class Kind : u8 { shared, same, different };
  double begin = 0;
  double end = 0;
  Kind kind = Kind::shared;  // skipped; gone into, and no item differs; gone into
};

struct TreeWalk {
  u64 blocks_read = 0;
  u64 blocks = 0;  // of the tree, as its root item says
  std::vector<TreePart> parts;
};

struct DifferenceView {
  DifferenceKey key;
  std::string problem;
  TreeWalk before, after;  // A and B
  u64 shared_subtrees = 0;
  u64 added = 0, removed = 0, changed = 0;
  u64 same = 0;                      // items that were compared and are equal
  std::vector<DifferentItem> items;  // the first ones
};

// Waits for reads.
DifferenceView find_difference(Filesystem& filesystem, const DifferenceKey& key,
                               const std::atomic<bool>& dropped);

}  // namespace canopy
