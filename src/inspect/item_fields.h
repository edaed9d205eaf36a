// The fields of any item, and of each family of items.
#pragma once

#include "inspect/field_list.h"

namespace canopy {

// Decodes the item of `list` by its key. Types that nobody knows give one field with all bytes.
// What is missing in an item that is too short gives a last field that says so.
void decode_item(FieldList& list, const Key& key);

// The families (file_items.cpp, extent_items.cpp, root_items.cpp, device_items.cpp). Each decodes
// the item if it is of its types, else returns false.
bool decode_file_item(FieldList& list, const Key& key);
bool decode_extent_item(FieldList& list, const Key& key);
bool decode_root_item(FieldList& list, const Key& key);
bool decode_device_item(FieldList& list, const Key& key);

// A chunk at `at`, in a CHUNK_ITEM or in the superblock; the bytes it takes, 0 if it is none.
u32 decode_chunk(FieldList& list, u32 at);

// "DATA|RAID1": as dump-tree prints the flags of a block group or chunk.
std::string block_group_type_text(u64 flags);

}  // namespace canopy
