#include "commit/csum_items.h"

#include <algorithm>

namespace canopy {
namespace {

Key csum_key(u64 logical) { return {EXTENT_CSUM_OBJECTID, EXTENT_CSUM_KEY, logical}; }

// How many bytes of checksums one item may hold (the kernel's MAX_CSUM_ITEMS).
std::size_t max_item_bytes(const CsumFormat& format) {
  std::size_t leaf = format.nodesize - sizeof(Header);
  return ((leaf - sizeof(Item) * 2) / format.csum_size - 1) * format.csum_size;
}

struct CsumSpan {
  u64 start, end;
};

Result<CsumSpan> span_of(const Key& key, std::size_t bytes, const CsumFormat& format) {
  if (bytes == 0 || bytes % format.csum_size != 0 || key.offset % format.sectorsize != 0)
    return error(Code::corrupt, "csum item of {} bytes", bytes).at(key.offset);
  return CsumSpan{key.offset, key.offset + bytes / format.csum_size * format.sectorsize};
}

// The key of the first item that may cover `start`: one may begin before it.
Result<Key> first_covering(BlockCache& cache, const RootPointer& tree, const CsumFormat& format,
                           u64 start) {
  Path path;
  if (!TRY(search_at_or_before(cache, tree, csum_key(start), path))) return csum_key(start);
  if (path.key().objectid != EXTENT_CSUM_OBJECTID || path.key().type != EXTENT_CSUM_KEY)
    return csum_key(start);
  CsumSpan span = TRY(span_of(path.key(), path.item().size(), format));
  return span.end > start ? path.key() : csum_key(start);
}

CsumRun part_of(const ItemValue& item, const CsumFormat& format, u64 from, u64 to) {
  auto first =
      static_cast<std::size_t>((from - item.key.offset) / format.sectorsize * format.csum_size);
  auto count = static_cast<std::size_t>((to - from) / format.sectorsize * format.csum_size);
  Bytes part = Bytes(item.data).subspan(first, count);
  return {from, std::vector<u8>(part.begin(), part.end())};
}

}  // namespace

Result<std::vector<CsumRun>> find_csums(BlockCache& cache, const RootPointer& csum_tree,
                                        const CsumFormat& format, u64 start, u64 length) {
  u64 end = start + length;
  std::vector<CsumRun> runs;
  Key first = TRY(first_covering(cache, csum_tree, format, start));
  for (ItemValue& item : TRY(items_in_range(cache, csum_tree, first, csum_key(end - 1)))) {
    CsumSpan span = TRY(span_of(item.key, item.data.size(), format));
    if (span.end > start)
      runs.push_back(part_of(item, format, std::max(span.start, start), std::min(span.end, end)));
  }
  return runs;
}

Result<void> cut_csums(Transaction& transaction, Tree& csum_tree, const CsumFormat& format,
                       u64 start, u64 length) {
  u64 end = start + length;
  BlockCache& cache = transaction.cache();
  Key first = TRY(first_covering(cache, csum_tree.root, format, start));
  Key last = csum_key(end - 1);
  std::vector<ItemValue> kept;
  for (ItemValue& item : TRY(items_in_range(cache, csum_tree.root, first, last))) {
    CsumSpan span = TRY(span_of(item.key, item.data.size(), format));
    if (span.start < start)
      kept.push_back(
          {item.key, part_of(item, format, span.start, std::min(span.end, start)).csums});
    if (span.end > end) kept.push_back({csum_key(end), part_of(item, format, end, span.end).csums});
  }
  if (!kept.empty()) last = std::max(last, kept.back().key);
  return set_items_in_range(transaction, csum_tree, first, last, kept);
}

Result<void> insert_csums(Transaction& transaction, Tree& csum_tree, const CsumFormat& format,
                          const CsumRun& run) {
  std::size_t most = max_item_bytes(format);
  u64 logical = run.logical;
  Bytes rest = run.csums;
  auto advance = [&](std::size_t take) {
    rest = rest.subspan(take);
    logical += take / format.csum_size * format.sectorsize;
  };
  Path path;
  if (TRY(search_at_or_before(transaction.cache(), csum_tree.root, csum_key(logical), path)) &&
      path.key().objectid == EXTENT_CSUM_OBJECTID && path.key().type == EXTENT_CSUM_KEY) {
    Key key = path.key();
    Bytes before = path.item();
    CsumSpan span = TRY(span_of(key, before.size(), format));
    if (span.end > logical) return error(Code::corrupt, "checksums are there already").at(logical);
    if (span.end == logical && before.size() < most) {
      std::size_t take = std::min(rest.size(), most - before.size());
      std::vector<u8> joined(before.begin(), before.end());
      joined.insert(joined.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(take));
      TRY(replace_item(transaction, csum_tree, key, joined));
      advance(take);
    }
  }
  while (!rest.empty()) {
    std::size_t take = std::min(rest.size(), most);
    TRY(insert_item(transaction, csum_tree, csum_key(logical), rest.first(take)));
    advance(take);
  }
  return {};
}

}  // namespace canopy
