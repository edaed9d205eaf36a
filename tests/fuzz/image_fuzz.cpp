// An image in any state: opening it, walking its trees, reading its files, checking it and sending
// its snapshots gives results or Errors.
//
// The input is a list of edits to a good image (image.zst): which block, where in it, what to
// write. Checksums are made right afterwards, since an attacker would. So a short input reaches
// deep.

#include <zstd.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <optional>

#include "base/bytes.h"
#include "base/check.h"
#include "check/check.h"
#include "checksum/checksum.h"
#include "device/memory_device.h"
#include "files/extent_reader.h"
#include "files/subvolume.h"
#include "filesystem/filesystem.h"
#include "send/send.h"
#include "volume/superblock.h"

namespace canopy {
namespace {

// A good image, and bytes that stand for some of its blocks.
class EditedDevice : public Device {
 public:
  using Blocks = std::map<u64, std::vector<u8>>;  // by physical address

  EditedDevice(Bytes base, Blocks blocks) : base_(base), blocks_(std::move(blocks)) {}

  const std::string& name() const override { return name_; }
  u64 size_bytes() const override { return base_.size(); }

  Result<void> read(u64 offset, MutableBytes out) override {
    if (offset > base_.size() || out.size() > base_.size() - offset)
      return beyond_device(*this, offset, out.size());
    std::memcpy(out.data(), base_.data() + offset, out.size());
    for (const auto& [start, block] : blocks_) {
      const u64 from = std::max(start, offset);
      const u64 to = std::min(start + block.size(), offset + out.size());
      if (from < to) std::memcpy(&out[from - offset], &block[from - start], to - from);
    }
    return {};
  }

 private:
  std::string name_ = "edited";
  Bytes base_;
  Blocks blocks_;
};

// Reads all there is, up to bounds that keep an input short: edits can make a tree of few blocks
// look like one of many, and a file of few extents like a large one.
class Visitor {
 public:
  explicit Visitor(Filesystem& filesystem)
      : filesystem_(filesystem), extents_(filesystem.forest()) {}

  void visit_all() {
    visit(1);
    visit(3);
    // The root items are copied, because visiting evicts blocks from the cache.
    for (const u64 tree : std::vector<u64>(roots_))
      visit(tree);
  }
  const std::vector<u64>& blocks() const { return blocks_; }

 private:
  void visit(u64 tree) {
    auto root = filesystem_.forest().root(tree);
    if (!root.ok() || root.value() == nullptr) return;
    auto block = read_root(filesystem_.cache(), root.value()->pointer());
    if (block.ok()) visit_block(*block.value(), tree);
  }

  void visit_block(const ExtentBuffer& block, u64 tree) {
    if (blocks_.size() >= 500) return;
    blocks_.push_back(block.start());
    for (u32 slot = 0; slot < block.nritems(); ++slot) {
      if (block.is_leaf()) {
        visit_item(block.key(slot), block.item(slot), tree);
      } else if (auto child = filesystem_.cache().read_child(block, slot, tree); child.ok()) {
        visit_block(*child.value(), tree);
      }
    }
  }

  void visit_item(const Key& key, Bytes item, u64 tree) {
    if (tree == 1 && key.type == ROOT_ITEM_KEY && roots_.size() < 50) {
      roots_.push_back(key.objectid);
    }
    if (key.type != EXTENT_DATA_KEY || bytes_read_ > (u64{4} << 20)) return;
    auto extent = parse_file_extent(item, true);
    if (!extent.ok()) return;
    std::vector<DataSpan> spans;
    const u64 length = std::min<u64>(extent.value().item.num_bytes, u64{1} << 20);
    bytes_read_ += length;
    if (!extents_.read(extent.value(), 0, length, spans).ok()) return;
    // Spans may point into the image: a sanitizer sees whether they are all there.
    u8 sum = 0;
    for (const DataSpan& span : spans)
      for (const u8 byte : span.bytes)
        sum = static_cast<u8>(sum ^ byte);
    sink_ = sum;
  }

  Filesystem& filesystem_;
  ExtentReader extents_;
  std::vector<u64> blocks_;  // logical addresses
  std::vector<u64> roots_;
  u64 bytes_read_ = 0;
  volatile u8 sink_ = 0;
};

// Ends streams that edits have made long.
class BoundedSink final : public Sink {
 public:
  Result<void> write(std::span<const Bytes> pieces) override {
    for (const Bytes& piece : pieces)
      written_ += piece.size();
    if (written_ > (u64{1} << 20)) return error(Code::no_space, "the stream is too long");
    return {};
  }

 private:
  u64 written_ = 0;
};

// Sends the first snapshots, whole and from the one before.
void send_some(Filesystem& filesystem) {
  const auto subvolumes = SubvolumeList::read(filesystem.forest());
  if (!subvolumes.ok()) return;
  std::optional<u64> before;
  u32 sent = 0;
  for (const Subvolume& subvolume : subvolumes.value().all()) {
    if (!subvolume.is_read_only() || subvolume.deleted || ++sent > 3) continue;
    SendRequest request;
    request.subvolume = subvolume.id;
    request.zeros_for_data = sent > 1;
    BoundedSink whole;
    (void)send_subvolume(filesystem, request, whole);
    if (before) {
      request.parent = before;
      request.clone_sources = {*before};
      BoundedSink incremental;
      (void)send_subvolume(filesystem, request, incremental);
    }
    before = subvolume.id;
  }
}

Result<std::unique_ptr<Filesystem>> open_edited(Bytes base, EditedDevice::Blocks blocks) {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(std::make_unique<EditedDevice>(base, std::move(blocks)));
  return Filesystem::open(std::move(devices));
}

// The good image, and where its superblock and tree blocks lie.
struct Image {
  std::vector<u8> bytes;
  std::vector<std::pair<u64, u32>> places;  // physical address and size; the superblock is first
  const ChecksumInfo* checksum = nullptr;

  static const Image& get() {
    static const Image image = load();
    return image;
  }

  static Image load() {
    std::FILE* file = std::fopen(CANOPY_FUZZ_IMAGE, "rb");
    CHECK(file != nullptr);
    std::vector<u8> packed(1u << 20);
    packed.resize(std::fread(packed.data(), 1, packed.size(), file));
    std::fclose(file);
    Image image;
    image.bytes.resize(ZSTD_getFrameContentSize(packed.data(), packed.size()));
    const std::size_t size =
        ZSTD_decompress(image.bytes.data(), image.bytes.size(), packed.data(), packed.size());
    CHECK(size == image.bytes.size());

    auto filesystem = open_edited(image.bytes, {}).value();
    image.checksum = checksum_info(filesystem->super().csum_type);
    image.places.emplace_back(SUPER_OFFSETS[0], u32{SUPER_INFO_SIZE});
    Visitor visitor(*filesystem);
    visitor.visit_all();
    for (const u64 logical : visitor.blocks()) {
      const u32 nodesize = filesystem->super().nodesize;
      const auto ranges = filesystem->volume().map(logical, nodesize, 1).value();
      image.places.emplace_back(ranges.at(0).physical, nodesize);
    }
    CHECK(image.places.size() > 20);
    return image;
  }
};

struct Edit {
  u8 block;
  u8 width;  // 1, 2, 4 or 8 bytes, by its lowest two bits
  le16 offset;
  le64 value;
};
static_assert(sizeof(Edit) == 12);

EditedDevice::Blocks apply(Bytes input) {
  const Image& image = Image::get();
  EditedDevice::Blocks blocks;
  for (; input.size() >= sizeof(Edit); input = input.subspan(sizeof(Edit))) {
    const auto edit = load_struct<Edit>(input);
    const auto [physical, size] = image.places[edit.block % image.places.size()];
    std::vector<u8>& block = blocks[physical];
    if (block.empty()) {
      const u8* start = image.bytes.data() + physical;
      block.assign(start, start + size);
    }
    const std::size_t width = std::size_t{1} << (edit.width & 3);
    std::memcpy(&block[edit.offset % (size - width + 1)], Bytes(as_bytes(edit)).data() + 4, width);
  }
  for (auto& [physical, block] : blocks)
    image.checksum->write(Bytes(block).subspan(CSUM_SIZE), block.data());
  return blocks;
}

}  // namespace
}  // namespace canopy

extern "C" int LLVMFuzzerTestOneInput(const canopy::u8* data, std::size_t size) {
  using namespace canopy;
  auto filesystem = open_edited(Image::get().bytes, apply({data, size}));
  if (!filesystem.ok()) return 0;
  Visitor(*filesystem.value()).visit_all();
  (void)check_filesystem(*filesystem.value(), {.findings_kept = 100});
  send_some(*filesystem.value());
  return 0;
}
