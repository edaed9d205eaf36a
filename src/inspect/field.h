// A decoded piece of a block: what it is called, what it says, which bytes say it, and where it
// leads. The inspector shows fields beside their bytes; dump-tree prints the same fields as text.
//
// Fields come in the order in which btrfs-progs prints them, groups before what is in them. Byte
// ranges of one depth do not overlap, but need not ascend.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "ondisk/key.h"

namespace canopy {

// What the value of a field is the address or number of.
enum class FieldLink : u8 {
  none,
  tree_block,  // logical address
  extent,      // logical address of a data extent
  chunk,       // logical address of the start of a chunk
  tree,        // id of a tree, which may be a subvolume
  inode,       // number of an inode in the tree that the block belongs to
  device,      // devid
};

struct Field {
  std::string name;   // as the kernel's structs call it; empty for what is only text of the dump
  std::string value;  // for people
  u32 offset = 0;     // from the start of the block
  u32 size = 0;       // 0 where the item ends before the field
  u8 depth = 0;       // inside how many groups
  bool is_group = false;
  FieldLink link = FieldLink::none;
  u64 target = 0;  // of the link

  std::string dump;  // its words in the dump; empty where btrfs-progs does not print it
  u32 line = 0;      // on which line of the item's dump
};

// What decoding needs to know of the filesystem.
struct FieldContext {
  u32 nodesize = 0;
  u32 sectorsize = 0;
  u16 csum_type = 0;
  bool simple_quota = false;
  // How the dump prints.
  bool hide_names = false;
  bool csum_items = false;    // data checksums
  bool csum_headers = false;  // checksums of blocks
};

}  // namespace canopy
