// Who has an extent or a tree block, as the inspector lists it. Plain values, read on a thread.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "report/owners.h"

namespace canopy {

struct OwnersKey {
  u64 address = 0;
  bool is_data = true;  // otherwise a tree block
  u64 generation = 0;   // of the filesystem

  friend bool operator==(const OwnersKey&, const OwnersKey&) = default;
};

struct OwnersView {
  static constexpr u64 most = 1000;  // of the owners of an extent

  std::vector<ExtentOwner> owners;  // of a data extent, as far as they are listed
  std::vector<u64> trees;           // of a tree block: the roots from which it is reached
  std::string text;                 // as `btrfs inspect-internal logical-resolve -o`
  std::string problem;              // why not all are known
};

// Waits for reads.
OwnersView read_owners(Filesystem& filesystem, const OwnersKey& key,
                       const std::atomic<bool>& dropped);

}  // namespace canopy
