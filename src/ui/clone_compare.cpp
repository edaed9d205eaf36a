#include "ui/clone_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "ui/text.h"

namespace canopy::ui {

std::string part_of_block(const ExtentBuffer& block, u32 offset) {
  if (offset < sizeof(Header)) return "header";
  const u32 entry = static_cast<u32>(block.is_leaf() ? sizeof(Item) : sizeof(KeyPtr));
  const u32 slot = (offset - static_cast<u32>(sizeof(Header))) / entry;
  if (slot < block.nritems()) {
    return fmt::format("{} {} {}", block.is_leaf() ? "head of item" : "pointer", slot,
                       key_text(block.key(slot)));
  }
  if (!block.is_leaf()) return "free space";
  for (u32 i = 0; i < block.nritems(); i++) {
    if (offset >= block.item_offset(i) && offset < block.item_offset(i) + block.item_size(i))
      return fmt::format("item {} {}", i, key_text(block.key(i)));
  }
  return "free space";
}

std::vector<CompareRow> compare_rows(const KeptView& clone) {
  std::vector<CompareRow> rows;
  if (clone.live == nullptr || clone.bytes == nullptr) return rows;
  const ExtentBuffer block(clone.logical, *clone.bytes);
  const auto size = static_cast<u32>(std::min(clone.bytes->size(), clone.live->size()));
  std::string named;
  for (u32 offset = 0; offset < size; offset += CompareRow::bytes) {
    u32 different = 0;
    for (u32 i = 0; i < CompareRow::bytes && offset + i < size; i++)
      if ((*clone.bytes)[offset + i] != (*clone.live)[offset + i]) different |= 1u << i;
    if (different == 0) continue;
    CompareRow& row = rows.emplace_back();
    row.offset = offset;
    row.different = different;
    row.what = part_of_block(block, offset + static_cast<u32>(std::countr_zero(different)));
    if (row.what == named)
      row.what.clear();
    else
      named = row.what;
  }
  return rows;
}

std::string age_text(u64 age_ns, bool counted) {
  constexpr u64 step_ns = 1000;
  if (counted) return count_text(age_ns / step_ns, "step", "steps");
  return fmt::format("{:.1f} ms", static_cast<double>(age_ns) / 1e6);
}

std::string now_text(const KeptView& clone) {
  if (clone.live == nullptr) return "no chunk is there any more";
  if (clone.different_bytes == 0) return "the same bytes";
  return count_text(clone.different_bytes, "byte differs", "bytes differ");
}

}  // namespace canopy::ui
