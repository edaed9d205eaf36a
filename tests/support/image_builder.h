// Small filesystems built in memory from given items, with any node size, checksum, RAID profile
// and shape of trees. What is not said is made so that the image opens: superblock, SYSTEM and
// METADATA chunks, DEV_ITEMs, a root item for each tree. Blocks are placed by the plain model in
// profile_model.h, not by the code under test.
//
//   TestImage image = ImageBuilder({.nodesize = 4096}).tree(256, items, 5).build();
//   auto fs = must(Filesystem::open(image.devices()));
//
// The trees need not make sense beyond their structure; items that the item checks refuse can be
// put in, and a block of a finished image can be edited.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "checksum/checksum.h"
#include "device/memory_device.h"
#include "ondisk/root_item.h"
#include "ondisk/superblock.h"
#include "tree/search.h"

namespace canopy {

struct TestItem {
  Key key;
  std::vector<u8> data;
};

struct ImageShape {
  u32 nodesize = 16384;
  u32 sectorsize = 4096;
  u16 csum_type = CSUM_TYPE_CRC32;
  u64 profile = 0;  // of both chunks
  u32 devices = 1;  // of which each chunk has one stripe (DUP: two on the first)
  u64 generation = 7;
  u64 chunk_length = u64{1} << 20;  // of each data stripe; a chunk more where one is full
};

// A finished image. Device ids count from 1.
class TestImage {
 public:
  // Copies, to be opened.
  std::vector<std::unique_ptr<Device>> devices() const;
  std::unique_ptr<Device> device(u64 devid) const;
  MutableBytes disk(u64 devid) { return disks_[devid - 1]; }

  const ImageShape& shape() const { return shape_; }
  const RootPointer& root(u64 tree) const { return roots_.at(tree); }
  // The logical addresses of all tree blocks.
  const std::vector<u64>& blocks() const { return blocks_; }
  struct Place {
    u64 devid;
    u64 physical;
  };
  // The copies of the byte at `logical`, mirror 1 first.
  std::vector<Place> places(u64 logical) const;

  // Changes a block in all its copies and in the parity, with its checksum made right again.
  void edit_block(u64 logical, const std::function<void(MutableBytes)>& edit);
  // Changes the superblocks of all devices; with checksums made right again.
  void edit_superblock(u64 devid, const std::function<void(Superblock&)>& edit);
  void edit_superblocks(const std::function<void(Superblock&)>& edit);

 private:
  friend class ImageBuilder;
  struct ChunkPlace {
    u64 length = 0;
    u64 type = 0;
    std::vector<Place> stripes;
  };

  void write(u64 logical, Bytes bytes);
  void write_parity();

  ImageShape shape_;
  std::vector<std::vector<u8>> disks_;
  std::map<u64, ChunkPlace> chunks_;
  std::map<u64, RootPointer> roots_;
  std::vector<u64> blocks_;
};

class ImageBuilder {
 public:
  explicit ImageBuilder(ImageShape shape = {}) { image_.shape_ = shape; }

  // A tree of `items`, in order, at most `leaf_items` in a leaf and `pointers` in a node (0: as
  // many as fit). The ROOT_ITEM is made, unless it is the root or chunk tree, whose items are
  // added.
  ImageBuilder& tree(u64 id, std::vector<TestItem> items, u32 leaf_items = 0, u32 pointers = 0);
  // Makes the disks this long; the copies of the superblock that fit are written.
  ImageBuilder& disk_size(u64 bytes) { return disk_size_ = bytes, *this; }

  TestImage build();

 private:
  struct Tree {
    std::vector<TestItem> items;
    u32 leaf_items = 0;
    u32 pointers = 0;
  };
  struct Pointer {
    Key key;
    u64 bytenr;
  };

  void add_chunk(u64 type);
  u64 allocate(u64 type);
  u64 write_block(u64 tree, u8 level, const std::vector<TestItem>& items,
                  const std::vector<Pointer>& pointers);
  RootPointer write_tree(u64 id, const Tree& tree);
  std::vector<TestItem> chunk_tree_items() const;
  std::vector<u8> chunk_item(const TestImage::ChunkPlace& chunk) const;
  DevItem dev_item(u64 devid) const;
  void write_superblocks();

  TestImage image_;
  std::map<u64, Tree> trees_;
  struct Range {
    u64 start = 0;
    u64 end = 0;
  };
  std::map<u64, Range> free_;  // of the newest chunk of each type
  u64 next_logical_ = u64{1} << 20;
  std::vector<u64> next_physical_;
  u64 disk_size_ = 0;
};

// The bytes of an on-disk struct, and of several parts behind each other.
template <typename T>
std::vector<u8> item_bytes(const T& value) {
  Bytes bytes = as_bytes(value);
  return {bytes.begin(), bytes.end()};
}
std::vector<u8> joined(std::initializer_list<std::vector<u8>> parts);
std::vector<u8> text_bytes(std::string_view text);

// A root item as the builder writes it.
RootItem root_item_of(const RootPointer& root);
// An item that no check looks into, of `size` bytes made from `seed`.
TestItem opaque_item(const Key& key, u32 size, u64 seed = 1);

}  // namespace canopy
