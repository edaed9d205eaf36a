#include "support/metadata_dump.h"

#include <zlib.h>

#include <algorithm>

#include "base/bytes.h"
#include "ondisk/extent_item.h"
#include "tree/search.h"

namespace canopy {
namespace {

constexpr std::size_t CLUSTER_BLOCK = 1024;
constexpr std::size_t ITEMS_OF_CLUSTER = 83;

struct Piece {
  u64 logical = 0;
  std::vector<u8> bytes;
};

// Blocks that follow each other are one piece.
Result<std::vector<Piece>> read_pieces(Filesystem& filesystem) {
  constexpr std::size_t most = std::size_t{256} << 10;
  const Bytes super = as_bytes(filesystem.super());
  std::vector<Piece> pieces = {{SUPER_OFFSETS[0], {super.begin(), super.end()}}};
  BlockCache& cache = filesystem.cache();
  const auto tree = TRY(filesystem.forest().root(EXTENT_TREE_OBJECTID));
  Path path;
  bool more = TRY(search_at_or_after(cache, tree->pointer(), Key{}, path));
  for (; more; more = TRY(next_item(cache, tree->objectid(), path))) {
    const Key key = path.key();
    if (key.type != METADATA_ITEM_KEY && key.type != EXTENT_ITEM_KEY) continue;
    if ((load_struct<ExtentItem>(path.item()).flags & EXTENT_FLAG_TREE_BLOCK) == 0) continue;
    std::vector<u8> block(cache.format().nodesize);
    TRY(filesystem.volume().read(key.objectid, block, 1));
    Piece& last = pieces.back();
    if (last.logical + last.bytes.size() == key.objectid && last.bytes.size() < most) {
      last.bytes.insert(last.bytes.end(), block.begin(), block.end());
    } else {
      pieces.push_back({key.objectid, std::move(block)});
    }
  }
  return pieces;
}

std::vector<u8> packed(const std::vector<u8>& bytes) {
  std::vector<u8> out(compressBound(static_cast<uLong>(bytes.size())));
  uLongf size = static_cast<uLongf>(out.size());
  CHECK(compress2(out.data(), &size, bytes.data(), static_cast<uLong>(bytes.size()), 6) == Z_OK);
  out.resize(size);
  return out;
}

}  // namespace

Result<std::vector<u8>> metadata_dump(Filesystem& filesystem, DumpPacking packing) {
  std::vector<Piece> pieces = TRY(read_pieces(filesystem));
  if (packing == DumpPacking::zlib)
    for (Piece& piece : pieces)
      piece.bytes = packed(piece.bytes);
  std::vector<u8> file;
  for (std::size_t from = 0; from < pieces.size(); from += ITEMS_OF_CLUSTER) {
    const std::size_t count = std::min(ITEMS_OF_CLUSTER, pieces.size() - from);
    const std::size_t at = file.size();
    file.resize(at + CLUSTER_BLOCK);
    store_le<u64>(&file[at], 0xbd5c25e27295668bu);
    store_le<u64>(&file[at + 8], at);
    store_le<u32>(&file[at + 16], static_cast<u32>(count));
    file[at + 20] = packing == DumpPacking::zlib ? 1 : 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Piece& piece = pieces[from + i];
      store_le<u64>(&file[at + 21 + i * 12], piece.logical);
      store_le<u32>(&file[at + 29 + i * 12], static_cast<u32>(piece.bytes.size()));
      file.insert(file.end(), piece.bytes.begin(), piece.bytes.end());
    }
    file.resize((file.size() + CLUSTER_BLOCK - 1) / CLUSTER_BLOCK * CLUSTER_BLOCK);
  }
  return file;
}

}  // namespace canopy
