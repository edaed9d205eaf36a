#include "check/space_cache.h"

#include <algorithm>

#include "base/range_set.h"
#include "check/tree_scan.h"
#include "checksum/crc32c.h"
#include "ondisk/file_extent.h"
#include "ondisk/free_space.h"

namespace canopy {
namespace {

constexpr u8 ENTRY_EXTENT = 1;
constexpr u8 ENTRY_BITMAP = 2;
constexpr std::size_t ENTRY_SIZE = 17;
// A bitmap of 4 KiB stands for 128 MiB; no block group is larger than some GiB.
constexpr u64 MOST_BYTES = u64{16} << 20;

// What one cache lists as free.
class SpaceCacheFile {
 public:
  SpaceCacheFile(CheckContext& context, const FreeSpaceHeader& header)
      : context_(context), header_(header), ino_(header.location.decode().objectid) {}

  // Errors: Code::corrupt, why the kernel would not use it; nullopt if it is of another generation,
  // which is no fault: it is out of use.
  Result<std::optional<RangeSet>> read() {
    const CheckedTree& root_tree = context_.trees.front();
    Path path;
    if (!TRY(search_slot(context_.cache, root_tree.root, {ino_, INODE_ITEM_KEY, 0}, path)))
      return error(Code::corrupt, "there is no inode {}", ino_);
    const auto inode = load_struct<InodeItem>(path.item());
    if (inode.size == 0 || inode.generation != header_.generation || header_.num_entries == 0)
      return std::optional<RangeSet>();
    const u64 page = context_.sectorsize;
    const u64 pages = (inode.size + page - 1) / page;
    const u64 fixed = pages * sizeof(u32) + sizeof(u64) + ENTRY_SIZE;
    if (inode.size > MOST_BYTES || fixed > page)
      return error(Code::corrupt, "the file has {} bytes", inode.size.value());
    bytes_.assign(to_size(pages * page), 0);
    TRY(read_extents(root_tree));
    TRY(check_pages());
    return std::optional(TRY(parse()));
  }

 private:
  Result<void> read_extents(const CheckedTree& root_tree) {
    TreeScan scan(context_, root_tree, {ino_, EXTENT_DATA_KEY, 0});
    while (TRY(scan.next())) {
      const Key& key = scan.key();
      if (key.objectid != ino_ || key.type != EXTENT_DATA_KEY) break;
      const auto extent = load_file_extent(scan.item());
      if (!extent || extent->type != FILE_EXTENT_REG || extent->compression != COMPRESS_NONE)
        return error(Code::corrupt, "the file has an extent of another kind");
      if (extent->disk_bytenr == 0 || key.offset >= bytes_.size()) continue;
      const u64 length = std::min<u64>(extent->num_bytes, bytes_.size() - key.offset);
      const MutableBytes out = MutableBytes(bytes_).subspan(to_size(key.offset), to_size(length));
      TRY(context_.volume().read_any(extent->disk_bytenr + extent->offset, out));
    }
    return {};
  }

  Bytes page(std::size_t index) const {
    return Bytes(bytes_).subspan(index * context_.sectorsize, context_.sectorsize);
  }
  std::size_t pages() const { return bytes_.size() / context_.sectorsize; }

  Result<void> check_pages() {
    const std::size_t sums = pages() * sizeof(u32);
    for (std::size_t i = 0; i < pages(); ++i) {
      // The last pages may never have been written.
      const u32 says = load_le<u32>(&bytes_[i * sizeof(u32)]);
      if (says == 0 && std::ranges::all_of(page(i), [](u8 byte) { return byte == 0; })) continue;
      if (crc32c(page(i).subspan(i == 0 ? sums : 0)) != says)
        return error(Code::corrupt, "page {} has another checksum", i);
    }
    const u64 generation = load_le<u64>(&bytes_[sums]);
    if (generation != header_.generation)
      return error(Code::corrupt, "the file says generation {} instead of {}", generation,
                   header_.generation.value());
    return {};
  }

  Result<RangeSet> parse() const {
    RangeSet free;
    std::vector<u64> bitmaps;
    std::size_t index = 0;
    std::size_t at = pages() * sizeof(u32) + sizeof(u64);
    for (u64 left = header_.num_entries; left > 0; --left) {
      if (at + ENTRY_SIZE > context_.sectorsize) {
        ++index;
        at = 0;
      }
      if (index >= pages()) return error(Code::corrupt, "entries pass the end of the file");
      const u8* entry = page(index).data() + at;
      const u64 start = load_le<u64>(entry);
      const u64 length = load_le<u64>(entry + 8);
      at += ENTRY_SIZE;
      if (length == 0 || start > ~u64{0} - length ||
          (entry[16] != ENTRY_EXTENT && entry[16] != ENTRY_BITMAP))
        return error(Code::corrupt, "an entry of {} bytes at {}", length, start);
      if (entry[16] == ENTRY_BITMAP) {
        bitmaps.push_back(start);
      } else {
        free.add(start, length);
      }
    }
    for (const u64 start : bitmaps) {
      if (++index >= pages()) return error(Code::corrupt, "bitmaps pass the end of the file");
      add_bitmap(start, page(index), free);
    }
    return free;
  }

  void add_bitmap(u64 start, Bytes bits, RangeSet& free) const {
    const u64 unit = context_.sectorsize;
    if (start > ~u64{0} - bits.size() * 8 * unit) return;
    auto is_free = [&](std::size_t bit) { return (bits[bit / 8] >> bit % 8 & 1) != 0; };
    for (std::size_t bit = 0; bit < bits.size() * 8;) {
      const std::size_t from = bit;
      while (bit < bits.size() * 8 && is_free(bit) == is_free(from))
        ++bit;
      if (is_free(from)) free.add(start + from * unit, (bit - from) * unit);
    }
  }

  CheckContext& context_;
  const FreeSpaceHeader header_;
  const u64 ino_;
  std::vector<u8> bytes_;
};

// The parts of `runs` that `of` does not have.
std::vector<std::pair<u64, u64>> missing_in(const RangeSet& of, const RangeSet& runs) {
  RangeSet left = runs;
  for (const auto& [start, end] : of.runs())
    left.remove(start, end - start);
  return {left.runs().begin(), left.runs().end()};
}

void compare(CheckContext& context, const Key& key, const BlockGroup& group,
             const RangeSet& listed) {
  constexpr std::size_t most = 20;
  const auto wrong = missing_in(group.free, listed);
  for (std::size_t i = 0; i < std::min(wrong.size(), most); ++i)
    context.error(Problem::free_space, {wrong[i].first, ROOT_TREE_OBJECTID, key},
                  "{} to {} is listed as free, but is not", wrong[i].first, wrong[i].second);
  if (wrong.size() > most)
    context.error(Problem::free_space, {group.start(), ROOT_TREE_OBJECTID, key},
                  "more of the block group is listed as free, but is not");
  u64 lacking = 0;
  for (const auto& [start, end] : missing_in(listed, group.available))
    lacking += end - start;
  if (lacking > 0 && wrong.empty())
    context.warn(Problem::free_space, {group.start(), ROOT_TREE_OBJECTID, key},
                 "{} bytes are free, but not listed so: the kernel will make the cache anew",
                 lacking);
}

}  // namespace

Result<void> check_space_cache(CheckContext& context) {
  const CheckedTree* extent_tree = context.tree(EXTENT_TREE_OBJECTID);
  if (context.super().cache_generation != context.super().generation || extent_tree == nullptr ||
      !context.extents_complete || context.trees.empty())
    return {};
  const CheckedTree* group_tree = context.tree(BLOCK_GROUP_TREE_OBJECTID);
  BlockGroups groups(context.volume(), context.cache, {context.nodesize, context.sectorsize});
  // What is wrong with block groups themselves was told before.
  if (!groups.read_items((group_tree == nullptr ? extent_tree : group_tree)->root).ok()) return {};
  TreeScan scan(context, context.trees.front(), {FREE_SPACE_OBJECTID, 0, 0});
  while (TRY(scan.next())) {
    const Key key = scan.key();
    if (key.objectid != FREE_SPACE_OBJECTID || key.type != 0) break;
    const CheckContext::Place place{key.offset, ROOT_TREE_OBJECTID, key};
    BlockGroup* group = groups.find(key.offset);
    if (group == nullptr || group->start() != key.offset ||
        scan.item().size() < sizeof(FreeSpaceHeader))
      continue;
    TRY(context.advance());
    SpaceCacheFile file(context, load_struct<FreeSpaceHeader>(scan.item()));
    auto listed = file.read();
    if (!listed.ok()) {
      if (listed.error().code() == Code::cancelled) return std::move(listed).error();
      context.warn(Problem::free_space, place,
                   "the free space cache cannot be used: {}; the kernel will make it anew",
                   listed.error().message());
    } else if (listed.value() && groups.load(*group, extent_tree->root).ok()) {
      compare(context, key, *group, *listed.value());
    }
  }
  return {};
}

}  // namespace canopy
