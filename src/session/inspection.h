// What the inspector shows of one thing: its bytes, and what they mean, field by field, so that a
// byte leads to its field and a field to its bytes.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "inspect/field.h"
#include "inspect/item_cards.h"
#include "session/block_view.h"

namespace canopy {

struct Inspection {
  std::string title;     // "EXTENT_DATA"
  std::string subtitle;  // "(257 EXTENT_DATA 0), slot 17"
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<u8> bytes;
  u64 base = 0;  // the address of the first byte, as shown beside the bytes
  std::vector<Field> fields;
  const ItemCard* card = nullptr;  // of an item of a known type: what it is for

  // The innermost field that holds the byte; -1 if none does.
  int field_at(u32 offset) const;
  // The children of a node, by the index of the field that points to them.
  std::vector<std::pair<std::size_t, BlockAddress>> children;
  const BlockAddress* child(std::size_t field) const;
  // The items of a leaf, likewise, by their slots.
  std::vector<std::pair<std::size_t, u32>> slots;
  std::optional<u32> slot(std::size_t field) const;
};

// A block as a whole: its header, and its slots. `tree` is the one it was found in.
Inspection inspect_block(const BlockView& block, u64 tree, const FieldContext& context);
// An item of a leaf. REQUIRES: block.is_leaf(), slot < entries.size().
Inspection inspect_item(const BlockView& block, u32 slot, const FieldContext& context);
// The superblock's 4096 bytes, as they lie at `physical`.
Inspection inspect_superblock(Bytes super, u64 physical);

}  // namespace canopy
