// A real item of a type: the first one in the image, or the next behind another. Only trees that
// may have the type are gone through, each in the order of its keys.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "session/places.h"

namespace canopy {

struct ItemOfTypeKey {
  u8 type = 0;
  // The tree and key of the item behind which it is looked for.
  std::optional<std::pair<u64, Key>> after;
  u64 generation = 0;  // of the filesystem

  friend bool operator==(const ItemOfTypeKey&, const ItemOfTypeKey&) = default;
};

struct ItemOfType {
  std::optional<Place> place;
  std::string problem;  // what could not be read on the way, if nothing was found
};

// Whether items of the type can be in the tree.
bool may_hold(u64 tree, u8 type);

// Waits for reads. `leaves` counts the leaves that were looked at; `dropped` ends it.
ItemOfType find_item_of_type(Filesystem& filesystem, const ItemOfTypeKey& key,
                             std::atomic<u64>& leaves, const std::atomic<bool>& dropped);

}  // namespace canopy
