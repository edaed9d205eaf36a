// A tree block: a header, then in a leaf the items (growing up) and their data (growing down), in
// a node the key pointers.
//
//   leaf  | Header | Item 0 | Item 1 | ... free ... | data 1 | data 0 |
//   node  | Header | KeyPtr 0 | KeyPtr 1 | ... free ... |
//
// An item's data offset counts from the end of the header.
#pragma once

#include "ondisk/key.h"

namespace canopy {

inline constexpr u32 MAX_LEVEL = 8;   // levels 0 to 7
inline constexpr u32 CSUM_SIZE = 32;  // room for a checksum in headers
inline constexpr u32 MIN_NODESIZE = 4096;
inline constexpr u32 MAX_NODESIZE = 65536;

inline constexpr u64 HEADER_FLAG_WRITTEN = 1u << 0;
inline constexpr u64 HEADER_FLAG_RELOC = 1u << 1;
inline constexpr u8 MIXED_BACKREF_REV = 1;  // in the top byte of Header::flags

// btrfs_header
struct Header {
  u8 csum[CSUM_SIZE];
  u8 fsid[16];
  le64 bytenr;
  le64 flags;
  u8 chunk_tree_uuid[16];
  le64 generation;
  le64 owner;
  le32 nritems;
  u8 level;
};
static_assert(sizeof(Header) == 101 && alignof(Header) == 1);

// btrfs_item
struct Item {
  DiskKey key;
  le32 offset;
  le32 size;
};
static_assert(sizeof(Item) == 25);

// btrfs_key_ptr
struct KeyPtr {
  DiskKey key;
  le64 blockptr;
  le64 generation;
};
static_assert(sizeof(KeyPtr) == 33);

}  // namespace canopy
