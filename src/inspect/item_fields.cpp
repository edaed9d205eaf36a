#include "inspect/item_fields.h"

namespace canopy {
namespace {

// Items that are only a mark, and what dump-tree says of them.
struct Mark {
  u8 type;
  const char* words;
};
constexpr Mark MARKS[] = {
    {ORPHAN_ITEM_KEY, "orphan item"},
    {TREE_BLOCK_REF_KEY, "tree block backref"},
    {SHARED_BLOCK_REF_KEY, "shared block backref"},
    {EXTENT_REF_V0_KEY, "extent ref v0 (deprecated)"},
    {CSUM_ITEM_KEY, "csum item"},
    {FREE_SPACE_EXTENT_KEY, "free space extent"},
    {FREE_SPACE_BITMAP_KEY, "free space bitmap"},
};

const char* words_of_mark(u8 type) {
  for (const Mark& mark : MARKS)
    if (mark.type == type) return mark.words;
  return nullptr;
}

}  // namespace

void decode_item(FieldList& list, const Key& key) {
  if (const char* words = words_of_mark(key.type)) {
    list.line();
    list.words(words);
    if (list.size() > 0)
      list.quiet(key.type == FREE_SPACE_BITMAP_KEY ? "bitmap" : "data",
                 fmt::format("{} bytes", list.size()), 0, list.size());
    return;
  }
  const bool known = decode_file_item(list, key) || decode_extent_item(list, key) ||
                     decode_root_item(list, key) || decode_device_item(list, key);
  if (!known && list.size() > 0)
    list.quiet("data", fmt::format("{} bytes", list.size()), 0, list.size());
  if (list.too_short())
    list.quiet("too short", fmt::format("the item ends after {} bytes", list.size()), list.size(),
               0);
}

}  // namespace canopy
