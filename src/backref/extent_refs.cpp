#include "backref/extent_refs.h"

#include "tree/committed_forest.h"

namespace canopy {
namespace {

Error corrupt_ref(u64 bytenr, const char* what) {
  return error(Code::corrupt, "extent item of {}: {}", bytenr, what).at(bytenr);
}

Result<u64> checked_parent(u64 bytenr, u64 parent, u32 sectorsize) {
  if (parent == 0 || parent % sectorsize != 0) {
    return error(Code::corrupt, "extent item of {}: reference to a parent at {}", bytenr, parent)
        .at(bytenr);
  }
  return parent;
}

ExtentRef data_ref(const ExtentDataRef& ref) {
  return {.type = EXTENT_DATA_REF_KEY,
          .root = ref.root,
          .objectid = ref.objectid,
          .offset = ref.offset,
          .count = ref.count};
}

// Where the inline references begin: behind the item and, in an EXTENT_ITEM of a tree block, its
// TreeBlockInfo. REQUIRES: the item was accepted by parse_extent_info().
std::size_t inline_refs_start(const Key& key, Bytes item) {
  bool has_block_info = key.type == EXTENT_ITEM_KEY &&
                        (load_struct<ExtentItem>(item).flags.value() & EXTENT_FLAG_TREE_BLOCK) != 0;
  return sizeof(ExtentItem) + (has_block_info ? sizeof(TreeBlockInfo) : 0);
}

}  // namespace

Result<bool> read_extent_refs(BlockCache& cache, const CommittedRoot& extent_root, u64 bytenr,
                              ExtentFilter* filter, ExtentRefs& out) {
  out.refs.clear();
  u32 sectorsize = cache.format().sectorsize;
  // The item is the last one before this key, which no valid item has.
  Path path;
  if (TRY(search_slot(cache, extent_root.pointer(), {bytenr, METADATA_ITEM_KEY, ~u64{0}}, path)))
    return corrupt_ref(bytenr, "level out of range");
  if (path.slot() == 0) return false;
  --path.slot();
  Key key = path.key();
  if (key.objectid != bytenr || (key.type != EXTENT_ITEM_KEY && key.type != METADATA_ITEM_KEY))
    return false;
  out.info = TRY(parse_extent_info(key, path.item()));
  if (filter != nullptr && !filter->wants_references(out.info)) return false;
  TRY(parse_inline_refs(key, path.item(), sectorsize, out.refs));
  while (TRY(next_item(cache, extent_root.objectid(), path))) {
    key = path.key();
    if (key.objectid != bytenr || key.type > SHARED_DATA_REF_KEY) break;
    auto ref = TRY(parse_keyed_ref(key, path.item(), sectorsize));
    if (ref) out.refs.push_back(*ref);
  }
  return true;
}

Result<ExtentInfo> parse_extent_info(const Key& key, Bytes item) {
  if (item.size() < sizeof(ExtentItem)) return corrupt_ref(key.objectid, "too short");
  auto extent = load_struct<ExtentItem>(item);
  ExtentInfo info{.bytenr = key.objectid,
                  .refs = extent.refs,
                  .generation = extent.generation,
                  .flags = extent.flags};
  if (key.type == METADATA_ITEM_KEY) {
    if (key.offset >= MAX_LEVEL) return corrupt_ref(key.objectid, "level out of range");
    info.level = static_cast<u8>(key.offset);
  } else if ((info.flags & EXTENT_FLAG_TREE_BLOCK) != 0) {
    if (item.size() < sizeof(ExtentItem) + sizeof(TreeBlockInfo)) {
      return corrupt_ref(key.objectid, "too short for a tree block");
    }
    info.level = load_struct<TreeBlockInfo>(item, sizeof(ExtentItem)).level;
    if (info.level >= MAX_LEVEL) return corrupt_ref(key.objectid, "level out of range");
  } else if (info.is_data()) {
    info.length = key.offset;
  } else {
    return corrupt_ref(key.objectid, "neither data nor a tree block");
  }
  return info;
}

Result<void> parse_inline_refs(const Key& key, Bytes item, u32 sectorsize,
                               std::vector<ExtentRef>& out) {
  u64 bytenr = key.objectid;
  std::size_t at = inline_refs_start(key, item);
  while (at < item.size()) {
    u8 type = item[at];
    u32 size = extent_inline_ref_size(type);
    if (size == 0) return corrupt_ref(bytenr, "inline reference of unknown type");
    if (size > item.size() - at) return corrupt_ref(bytenr, "inline reference cut off");
    if (type == EXTENT_DATA_REF_KEY) {
      out.push_back(data_ref(load_struct<ExtentDataRef>(item, at + 1)));
    } else if (type == TREE_BLOCK_REF_KEY) {
      out.push_back({.type = type, .root = load_struct<ExtentInlineRef>(item, at).offset});
    } else if (type != EXTENT_OWNER_REF_KEY) {
      u64 parent = load_struct<ExtentInlineRef>(item, at).offset;
      ExtentRef ref{.type = type, .parent = TRY(checked_parent(bytenr, parent, sectorsize))};
      if (type == SHARED_DATA_REF_KEY) {
        ref.count = load_struct<SharedDataRef>(item, at + sizeof(ExtentInlineRef)).count;
      }
      out.push_back(ref);
    }
    at += size;
  }
  return {};
}

Result<std::optional<ExtentRef>> parse_keyed_ref(const Key& key, Bytes item, u32 sectorsize) {
  u64 bytenr = key.objectid;
  switch (key.type) {
    case TREE_BLOCK_REF_KEY:
      return std::optional(ExtentRef{.type = key.type, .root = key.offset});
    case EXTENT_DATA_REF_KEY:
      if (item.size() < sizeof(ExtentDataRef))
        return corrupt_ref(bytenr, "data reference too short");
      return std::optional(data_ref(load_struct<ExtentDataRef>(item)));
    case SHARED_BLOCK_REF_KEY:
      return std::optional(ExtentRef{
          .type = key.type, .parent = TRY(checked_parent(bytenr, key.offset, sectorsize))});
    case SHARED_DATA_REF_KEY:
      if (item.size() < sizeof(SharedDataRef)) {
        return corrupt_ref(bytenr, "shared data reference too short");
      }
      return std::optional(ExtentRef{.type = key.type,
                                     .parent = TRY(checked_parent(bytenr, key.offset, sectorsize)),
                                     .count = load_struct<SharedDataRef>(item).count});
    default:
      return std::optional<ExtentRef>();
  }
}

}  // namespace canopy
