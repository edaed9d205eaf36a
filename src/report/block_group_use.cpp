#include "report/block_group_use.h"

#include "tree/search.h"

namespace canopy {

const char* block_group_type_name(u64 flags) {
  const u64 type = flags & BLOCK_GROUP_TYPE_MASK;
  if (type == (BLOCK_GROUP_DATA | BLOCK_GROUP_METADATA)) return "Data+Metadata";
  if (type == BLOCK_GROUP_DATA) return "Data";
  if (type == BLOCK_GROUP_METADATA) return "Metadata";
  return type == BLOCK_GROUP_SYSTEM ? "System" : "unknown";
}

Result<std::shared_ptr<const CommittedRoot>> block_group_root(CommittedForest& forest) {
  auto root = TRY(forest.root(BLOCK_GROUP_TREE_OBJECTID));
  if (root != nullptr) return root;
  return forest.root(EXTENT_TREE_OBJECTID);
}

Result<u64> used_bytes(CommittedForest& forest, const CommittedRoot& root,
                       const ChunkMapping& chunk) {
  Path path;
  const Key key{chunk.logical, BLOCK_GROUP_ITEM_KEY, chunk.length};
  if (!TRY(search_slot(forest.cache(), root.pointer(), key, path))) return u64{0};
  return load_struct<BlockGroupItem>(path.item()).used.value();
}

}  // namespace canopy
