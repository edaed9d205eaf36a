#include "container/btrfs_image.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/bytes.h"
#include "container/kept_pieces.h"
#include "ondisk/superblock.h"

namespace canopy {
namespace {

constexpr u64 MAGIC = 0xbd5c25e27295668bu;
constexpr u64 BLOCK = 1024;
constexpr std::size_t HEADER_SIZE = 21;
constexpr std::size_t ITEM_SIZE = 12;
constexpr u32 MOST_ITEMS = (BLOCK - HEADER_SIZE) / ITEM_SIZE;
constexpr u64 MOST_ITEM_BYTES = u64{256} << 10;
constexpr u8 COMPRESSED_ZLIB = 1;

struct DumpedItem {
  u64 logical = 0;
  u64 at = 0;  // in the file
  u32 length = 0;
  bool packed = false;
};

class BtrfsImage final : public Device {
 public:
  // `items` are sorted by their logical addresses.
  BtrfsImage(std::unique_ptr<Device> file, std::vector<DumpedItem> items)
      : file_(std::move(file)), items_(std::move(items)), kept_(MOST_ITEM_BYTES) {}

  const std::string& name() const override { return file_->name(); }
  // As a disk it has the first superblock and no more.
  u64 size_bytes() const override { return SUPER_OFFSETS[0] + SUPER_INFO_SIZE; }
  bool has_logical_addresses() const override { return true; }
  Result<void> check_unchanged() override { return file_->check_unchanged(); }

  Result<void> read(u64 logical, MutableBytes out) override {
    while (!out.empty()) {
      auto next = std::ranges::upper_bound(items_, logical, {}, &DumpedItem::logical);
      if (next == items_.begin()) return missing(logical);
      const std::size_t done = TRY(read_item(*std::prev(next), logical, out));
      if (done == 0) return missing(logical);
      logical += done;
      out = out.subspan(done);
    }
    return {};
  }

 private:
  Error missing(u64 logical) const {
    return error(Code::unsupported, "{} is a dump of btrfs-image, which has no data", name())
        .at(logical);
  }

  // How many bytes of the beginning of `out` the item has.
  Result<std::size_t> read_item(const DumpedItem& item, u64 logical, MutableBytes out) {
    const u64 skip = logical - item.logical;
    if (!item.packed) {
      if (skip >= item.length) return std::size_t{0};
      const std::size_t length = to_size(std::min<u64>(out.size(), item.length - skip));
      TRY(file_->read(item.at + skip, out.first(length)));
      return length;
    }
    if (skip >= MOST_ITEM_BYTES) return std::size_t{0};
    std::scoped_lock hold(mutex_);
    const std::vector<u8>* bytes = kept_.find(item.at);
    if (bytes == nullptr) bytes = kept_.add(item.at, TRY(unpack(item)));
    if (skip >= bytes->size()) return std::size_t{0};
    const std::size_t length = to_size(std::min<u64>(out.size(), bytes->size() - skip));
    std::memcpy(out.data(), bytes->data() + skip, length);
    return length;
  }

  Result<std::vector<u8>> unpack(const DumpedItem& item) {
    std::vector<u8> packed(item.length);
    TRY(file_->read(item.at, packed));
    std::vector<u8> bytes(to_size(MOST_ITEM_BYTES));
    uLongf size = static_cast<uLongf>(bytes.size());
    if (uncompress(bytes.data(), &size, packed.data(), static_cast<uLong>(packed.size())) != Z_OK)
      return error(Code::corrupt, "{}: the item at {} of the dump does not unpack", name(), item.at)
          .at(item.logical);
    bytes.resize(size);
    return bytes;
  }

  std::unique_ptr<Device> file_;
  const std::vector<DumpedItem> items_;
  std::mutex mutex_;  // of what follows
  KeptPieces kept_;
};

// Reads the cluster at `at` and returns where the next one begins; 0 at the end.
Result<u64> read_cluster(Device& file, u64 at, std::vector<DumpedItem>& items) {
  auto bad = [&](const std::string& why) {
    return error(Code::corrupt, "{}: dump of btrfs-image: the cluster at {} {}", file.name(), at,
                 why);
  };
  u8 block[BLOCK];
  if (file.size_bytes() - at < BLOCK) return bad("is cut short");
  TRY(file.read(at, block));
  if (load_le<u64>(block) != MAGIC || load_le<u64>(block + 8) != at) return bad("is none");
  const u32 count = load_le<u32>(block + 16);
  const u8 compression = block[20];
  if (count > MOST_ITEMS) return bad(fmt::format("has {} items", count));
  if (compression > COMPRESSED_ZLIB) return bad(fmt::format("has compression {}", compression));
  u64 item_at = at + BLOCK;
  for (u32 i = 0; i < count; ++i) {
    const u8* item = block + HEADER_SIZE + i * ITEM_SIZE;
    const u32 length = load_le<u32>(item + 8);
    // What does not become smaller is packed all the same, and a little longer.
    if (length == 0 || length > 2 * MOST_ITEM_BYTES || length > file.size_bytes() - item_at)
      return bad(fmt::format("has an item of {} bytes at {}", length, item_at));
    items.push_back({load_le<u64>(item), item_at, length, compression == COMPRESSED_ZLIB});
    item_at += length;
  }
  const u64 next = (item_at + BLOCK - 1) / BLOCK * BLOCK;
  return count == 0 || next >= file.size_bytes() ? 0 : next;
}

}  // namespace

bool is_btrfs_image(Bytes first_bytes) {
  return first_bytes.size() >= 8 && load_le<u64>(first_bytes.data()) == MAGIC;
}

Result<std::unique_ptr<Device>> open_btrfs_image(std::unique_ptr<Device> file) {
  std::vector<DumpedItem> items;
  u64 at = 0;
  do {
    at = TRY(read_cluster(*file, at, items));
  } while (at != 0);
  std::ranges::sort(items, {}, &DumpedItem::logical);
  return std::unique_ptr<Device>(std::make_unique<BtrfsImage>(std::move(file), std::move(items)));
}

}  // namespace canopy
