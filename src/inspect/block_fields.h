// The fields of a whole tree block, from its bytes alone: good ones and damaged ones, as long as
// the block itself is there. Nothing here trusts a number in the block.
#pragma once

#include <optional>

#include "inspect/field.h"

namespace canopy {

// Where a slot of a leaf has its item.
struct ItemPlace {
  Key key;
  u32 offset = 0;  // from the start of the block
  u32 size = 0;
};

// The number of slots that have room in the block, which nritems may exceed. REQUIRES of all: the
// block has context.nodesize bytes.
u32 slot_count(Bytes block);
// Nothing if the item lies outside the block. REQUIRES: a leaf, slot < slot_count(block).
std::optional<ItemPlace> item_place(Bytes block, u32 slot);

std::vector<Field> header_fields(const FieldContext& context, Bytes block);
// Of a leaf: the item's header and the item; of a node: the key pointer.
std::vector<Field> slot_fields(const FieldContext& context, Bytes block, u32 slot);

// The block as `btrfs inspect-internal dump-tree` of btrfs-progs 6.14 prints it; what it prints on
// standard error is appended to `problems`.
std::string block_text(const FieldContext& context, Bytes block, u64 logical,
                       std::vector<std::string>& problems);

}  // namespace canopy
