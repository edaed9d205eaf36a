// A clone that a send keeps beside what lies at its address now, as rows of bytes: only those rows
// are there in which something differs.
#pragma once

#include <string>
#include <vector>

#include "session/kept_view.h"

namespace canopy::ui {

struct CompareRow {
  static constexpr u32 bytes = 16;

  u32 offset = 0;     // of its first byte in the block
  u32 different = 0;  // a bit for each byte
  std::string what;   // of the clone: "header", "item 3 (257 INODE_ITEM 0)", ...
};

// Empty where nothing differs, or nothing lies there. Adjacent rows of the same item name it once.
std::vector<CompareRow> compare_rows(const KeptView& clone);

// What lies at an offset of a block. REQUIRES: the block is well-formed, as clones are.
std::string part_of_block(const ExtentBuffer& block, u32 offset);

// "3 steps", or "12 ms".
std::string age_text(u64 age_ns, bool counted);

// "the same bytes", "17 bytes differ", "no chunk is there any more"
std::string now_text(const KeptView& clone);

}  // namespace canopy::ui
