// What each type of item is for, in words: the card that the inspector shows beside the bytes.
#pragma once

#include <span>
#include <vector>

#include "inspect/field.h"
#include "ondisk/key.h"

namespace canopy {

struct ItemCard {
  u8 type;
  // Where items of the type are found: "subvolumes", "extent tree", ...
  const char* tree;
  const char* what;  // one to three sentences
  // What the two numbers of the key are.
  const char* objectid;
  const char* offset;
  u32 fixed_bytes = 0;  // of the item, which all of the type have; names, data and the like follow
};

// All types that the kernel writes, by type.
std::span<const ItemCard> item_cards();
// The card of a type; nullptr if no item of that type is known.
const ItemCard* find_item_card(u8 type);
// What lies in the fixed bytes of an item of the type, as decode_item() finds it; the values mean
// nothing.
std::vector<Field> item_layout(const ItemCard& card);

}  // namespace canopy
