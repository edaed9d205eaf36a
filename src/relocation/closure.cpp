#include "relocation/closure.h"

#include "ondisk/file_extent.h"

namespace canopy {
namespace {

Error contradiction(u64 bytenr, std::string why) {
  return error(Code::corrupt, "references of the extent: {}", why).at(bytenr).as_errno("EUCLEAN");
}

// The extent that an EXTENT_DATA item points to and the place in it; nullopt if it is inline, a
// hole or too short.
struct DataPointer {
  u64 bytenr;
  u64 offset;
};
std::optional<DataPointer> data_pointer(Bytes item) {
  if (item.size() < sizeof(FileExtentItem)) return std::nullopt;
  auto extent = load_struct<FileExtentItem>(item);
  if (extent.type == FILE_EXTENT_INLINE || extent.disk_bytenr == 0) return std::nullopt;
  return DataPointer{extent.disk_bytenr, extent.offset};
}

}  // namespace

Result<void> Closure::add(const ExtentRecord& extent) {
  if (extent.is_tree_block()) return add_tree_block(extent);
  for (const CountedRef& counted : extent.refs) {
    if (counted.ref.is_shared()) {
      TRY(add_block(counted.ref.parent));
    } else {
      TRY(add_users_by_key(extent.bytenr, counted));
    }
  }
  moved_data_.emplace(extent.bytenr, extent);
  return {};
}

Result<void> Closure::add_tree_block(const ExtentRecord& record) {
  for (const CountedRef& counted : record.refs) {
    if (counted.ref.type != TREE_BLOCK_REF_KEY || !is_cow_only(counted.ref.root)) continue;
    if (record.refs.size() != 1)
      return contradiction(record.bytenr, "a block of a tree that is not shared has several");
    BlockRef block = TRY(read_block(record));
    Key key = block->nritems() > 0 ? block->key(0) : Key{};
    cow_blocks_.push_back({counted.ref.root, key, block->level()});
    return {};
  }
  return add_block(record.bytenr);
}

Result<BlockRef> Closure::read_block(const ExtentRecord& record) {
  BlockExpectation expected;
  expected.generation = record.generation;
  expected.level = record.level;
  return forest_.cache().read(record.bytenr, expected);
}

Result<std::shared_ptr<const CommittedRoot>> Closure::root(u64 objectid, u64 bytenr) {
  auto found = TRY(forest_.root(objectid));
  if (found == nullptr)
    return contradiction(bytenr, fmt::format("tree {} is not there", objectid_name(objectid)));
  return found;
}

Result<void> Closure::add_block(u64 bytenr) {
  std::vector<u64> next{bytenr};
  while (!next.empty()) {
    u64 at = next.back();
    next.pop_back();
    if (blocks_.contains(at)) continue;
    ClosureBlock entry;
    entry.record = TRY(read_extent(forest_.cache(), extent_tree_, at));
    if (!entry.record.is_tree_block()) return contradiction(at, "data where a block should be");
    entry.block = TRY(read_block(entry.record));
    const ClosureBlock& added = blocks_.emplace(at, std::move(entry)).first->second;
    TRY(add_parents(added, next));
  }
  return {};
}

Result<void> Closure::add_parents(const ClosureBlock& entry, std::vector<u64>& next) {
  const ExtentBuffer& block = *entry.block;
  u64 bytenr = block.start();
  for (const CountedRef& counted : entry.record.refs) {
    const Backref& ref = counted.ref;
    if (ref.type == SHARED_BLOCK_REF_KEY) {
      if (ref.parent == bytenr || ref.parent == 0)
        return error(Code::unsupported, "the block belongs to an interrupted relocation")
            .at(bytenr);
      next.push_back(ref.parent);
      continue;
    }
    if (ref.type != TREE_BLOCK_REF_KEY || is_cow_only(ref.root))
      return contradiction(bytenr, "of a kind that a shared block cannot have");
    auto tree = TRY(root(ref.root, bytenr));
    const RootPointer& pointer = tree->pointer();
    if (pointer.bytenr == bytenr) {
      roots_.insert(ref.root);
      continue;
    }
    if (pointer.level <= block.level() || block.nritems() == 0)
      return contradiction(bytenr, "its tree does not reach it");
    auto above = static_cast<u8>(block.level() + 1);
    Path path;
    TRY(search_slot(forest_.cache(), pointer, block.key(0), path, above));
    const ExtentBuffer& parent = *path.nodes[above];
    if (parent.blockptr(path.slots[above]) != bytenr)
      return contradiction(bytenr, fmt::format("tree {} does not point to it", ref.root));
    next.push_back(parent.start());
  }
  return {};
}

Result<bool> Closure::leaf_is_owned(const ExtentBuffer& leaf, u64 root) {
  if (leaf.owner() != root) return false;
  auto known = full_backref_.find(leaf.start());
  if (known != full_backref_.end()) return !known->second;
  ExtentRecord record = TRY(read_extent(forest_.cache(), extent_tree_, leaf.start()));
  full_backref_.emplace(leaf.start(), record.is_full_backref());
  return !record.is_full_backref();
}

Result<void> Closure::add_users_by_key(u64 bytenr, const CountedRef& counted) {
  const Backref& ref = counted.ref;
  auto tree = TRY(root(ref.root, bytenr));
  BlockCache& cache = forest_.cache();
  // The offset is a difference mod 2^64: below zero where a file begins inside the extent.
  u64 from = ref.offset > (~u64{0} >> 1) ? 0 : ref.offset;
  u64 found = 0;
  Path path;
  bool more =
      TRY(search_at_or_after(cache, tree->pointer(), {ref.objectid, EXTENT_DATA_KEY, from}, path));
  for (; more && found < counted.count; more = TRY(next_item(cache, ref.root, path))) {
    Key key = path.key();
    if (key.objectid != ref.objectid || key.type != EXTENT_DATA_KEY) break;
    auto pointer = data_pointer(path.item());
    if (!pointer || pointer->bytenr != bytenr || key.offset - pointer->offset != ref.offset)
      continue;
    if (ref.root == ROOT_TREE_OBJECTID) {
      cache_file_extents_.push_back({key, bytenr});
      ++found;
    } else if (TRY(leaf_is_owned(path.leaf(), ref.root))) {
      TRY(add_block(path.leaf().start()));
      ++found;
    }
  }
  if (found < counted.count)
    return contradiction(bytenr, fmt::format("{} items of inode {} in tree {} point to it, not {}",
                                             found, ref.objectid, ref.root, counted.count));
  return {};
}

}  // namespace canopy
