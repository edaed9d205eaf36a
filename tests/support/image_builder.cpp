#include "support/image_builder.h"

#include <algorithm>
#include <cstring>

#include "base/random.h"
#include "support/must.h"
#include "support/profile_model.h"

namespace canopy {
namespace {

constexpr u8 FSID[16] = {0xca, 0x40, 0x09, 0x1e, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
constexpr u8 CHUNK_TREE_UUID[16] = {0xc4, 0x0f, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
constexpr u64 FIRST_PHYSICAL = u64{1} << 20;

void dev_uuid(u64 devid, u8* out) {
  std::memset(out, 0xd0, 16);
  out[15] = static_cast<u8>(devid);
}

u64 block_type_of(u64 tree) {
  return tree == CHUNK_TREE_OBJECTID ? BLOCK_GROUP_SYSTEM : BLOCK_GROUP_METADATA;
}

bool has_root_item(u64 tree) { return tree != ROOT_TREE_OBJECTID && tree != CHUNK_TREE_OBJECTID; }

void fix_checksum(const ImageShape& shape, MutableBytes block) {
  const ChecksumInfo& info = *checksum_info(shape.csum_type);
  Checksum checksum = compute_checksum(info, block.subspan(CSUM_SIZE));
  std::memcpy(block.data(), checksum.data(), CSUM_SIZE);
}

}  // namespace

std::vector<u8> joined(std::initializer_list<std::vector<u8>> parts) {
  std::vector<u8> all;
  for (const auto& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<u8> text_bytes(std::string_view text) { return {text.begin(), text.end()}; }

RootItem root_item_of(const RootPointer& root) {
  RootItem item{};
  item.generation = root.generation;
  item.generation_v2 = root.generation;
  item.bytenr = root.bytenr;
  item.level = root.level;
  item.refs = 1;
  item.root_dirid = is_subvolume_id(root.tree) ? FIRST_FREE_OBJECTID : 0;
  item.inode.mode = MODE_DIRECTORY | 0755;
  item.inode.nlink = 1;
  return item;
}

TestItem opaque_item(const Key& key, u32 size, u64 seed) {
  Random random(seed * 977 + key.objectid * 31 + key.offset);
  TestItem item{key, std::vector<u8>(size)};
  for (u8& byte : item.data)
    byte = static_cast<u8>(random.next());
  return item;
}

// The finished image.

std::unique_ptr<Device> TestImage::device(u64 devid) const {
  return std::make_unique<MemoryDevice>(fmt::format("disk{}", devid), disks_[devid - 1]);
}

std::vector<std::unique_ptr<Device>> TestImage::devices() const {
  std::vector<std::unique_ptr<Device>> all;
  for (u64 devid = 1; devid <= disks_.size(); ++devid)
    all.push_back(device(devid));
  return all;
}

std::vector<TestImage::Place> TestImage::places(u64 logical) const {
  auto found = std::prev(chunks_.upper_bound(logical));
  const ChunkPlace& chunk = found->second;
  CHECK(logical < found->first + chunk.length);
  std::vector<Place> places;
  for (const ModelPlace& place :
       model_places(shape_.profile, static_cast<u32>(chunk.stripes.size()), logical - found->first))
    places.push_back(
        {chunk.stripes[place.stripe].devid, chunk.stripes[place.stripe].physical + place.offset});
  return places;
}

void TestImage::write(u64 logical, Bytes bytes) {
  // A tree block lies within one stripe.
  for (const Place& place : places(logical))
    std::memcpy(disks_[place.devid - 1].data() + place.physical, bytes.data(), bytes.size());
}

void TestImage::write_parity() {
  if (shape_.profile != BLOCK_GROUP_RAID5 && shape_.profile != BLOCK_GROUP_RAID6) return;
  for (auto& [logical, chunk] : chunks_) {
    const auto stripes = static_cast<u32>(chunk.stripes.size());
    const u64 length = chunk.length / model_data_stripes(shape_.profile, stripes);
    std::vector<MutableBytes> disks;
    for (const Place& stripe : chunk.stripes)
      disks.push_back(MutableBytes(disks_[stripe.devid - 1]).subspan(stripe.physical, length));
    model_write_parity(shape_.profile, disks);
  }
}

void TestImage::edit_block(u64 logical, const std::function<void(MutableBytes)>& edit) {
  const Place place = places(logical)[0];
  std::vector<u8> block(
      disks_[place.devid - 1].begin() + static_cast<std::ptrdiff_t>(place.physical),
      disks_[place.devid - 1].begin() +
          static_cast<std::ptrdiff_t>(place.physical + shape_.nodesize));
  edit(block);
  fix_checksum(shape_, block);
  write(logical, block);
  write_parity();
}

void TestImage::edit_superblock(u64 devid, const std::function<void(Superblock&)>& edit) {
  for (u64 offset : SUPER_OFFSETS) {
    MutableBytes bytes = disk(devid);
    if (bytes.size() < offset + SUPER_INFO_SIZE) break;
    bytes = bytes.subspan(offset, SUPER_INFO_SIZE);
    auto super = load_struct<Superblock>(bytes);
    edit(super);
    std::memcpy(bytes.data(), &super, sizeof super);
    fix_checksum(shape_, bytes);
  }
}

void TestImage::edit_superblocks(const std::function<void(Superblock&)>& edit) {
  for (u64 devid = 1; devid <= disks_.size(); ++devid)
    edit_superblock(devid, edit);
}

// Building.

ImageBuilder& ImageBuilder::tree(u64 id, std::vector<TestItem> items, u32 leaf_items,
                                 u32 pointers) {
  std::ranges::sort(items, {}, &TestItem::key);
  trees_[id] = {std::move(items), leaf_items, pointers};
  return *this;
}

void ImageBuilder::add_chunk(u64 type) {
  const ImageShape& shape = image_.shape_;
  TestImage::ChunkPlace chunk;
  const u32 stripes = shape.profile == BLOCK_GROUP_DUP ? 2 : shape.devices;
  chunk.type = type | shape.profile;
  chunk.length = shape.chunk_length * model_data_stripes(shape.profile, stripes);
  next_physical_.resize(shape.devices, FIRST_PHYSICAL);
  for (u32 i = 0; i < stripes; ++i) {
    u64 devid = shape.profile == BLOCK_GROUP_DUP ? 1 : i + 1;
    chunk.stripes.push_back({devid, next_physical_[devid - 1]});
    next_physical_[devid - 1] += shape.chunk_length;
  }
  free_[type] = {next_logical_, next_logical_ + chunk.length};
  image_.chunks_.emplace(next_logical_, chunk);
  // A gap that no chunk maps.
  next_logical_ += chunk.length + (u64{1} << 20);
}

u64 ImageBuilder::allocate(u64 type) {
  if (free_[type].start == free_[type].end) add_chunk(type);
  const u64 logical = free_[type].start;
  free_[type].start += image_.shape_.nodesize;
  image_.disks_.resize(image_.shape_.devices);
  for (std::size_t i = 0; i < image_.disks_.size(); ++i)
    if (image_.disks_[i].size() < next_physical_[i]) image_.disks_[i].resize(next_physical_[i]);
  image_.blocks_.push_back(logical);
  return logical;
}

u64 ImageBuilder::write_block(u64 tree, u8 level, const std::vector<TestItem>& items,
                              const std::vector<Pointer>& pointers) {
  const u64 logical = allocate(block_type_of(tree));
  std::vector<u8> block(image_.shape_.nodesize);
  Header header{};
  std::memcpy(header.fsid, FSID, sizeof FSID);
  std::memcpy(header.chunk_tree_uuid, CHUNK_TREE_UUID, sizeof CHUNK_TREE_UUID);
  header.bytenr = logical;
  header.flags = HEADER_FLAG_WRITTEN | u64{MIXED_BACKREF_REV} << 56;
  header.generation = image_.shape_.generation;
  header.owner = tree;
  header.nritems = static_cast<u32>(level == 0 ? items.size() : pointers.size());
  header.level = level;
  std::memcpy(block.data(), &header, sizeof header);
  u8* out = block.data() + sizeof header;
  std::size_t data_end = block.size() - sizeof header;
  for (const TestItem& item : items) {
    CHECK(data_end >= item.data.size());
    data_end -= item.data.size();
    Item entry{DiskKey::encode(item.key), static_cast<u32>(data_end),
               static_cast<u32>(item.data.size())};
    std::memcpy(out, &entry, sizeof entry);
    out += sizeof entry;
    if (!item.data.empty())
      std::memcpy(block.data() + sizeof header + data_end, item.data.data(), item.data.size());
  }
  for (const Pointer& pointer : pointers) {
    KeyPtr entry{DiskKey::encode(pointer.key), pointer.bytenr, image_.shape_.generation};
    std::memcpy(out, &entry, sizeof entry);
    out += sizeof entry;
  }
  fix_checksum(image_.shape_, block);
  image_.write(logical, block);
  return logical;
}

RootPointer ImageBuilder::write_tree(u64 id, const Tree& tree) {
  const std::size_t room = image_.shape_.nodesize - sizeof(Header);
  std::vector<Pointer> pointers;
  std::vector<TestItem> leaf;
  std::size_t used = 0;
  auto end_leaf = [&] {
    Key first = leaf.empty() ? Key{} : leaf[0].key;
    pointers.push_back({first, write_block(id, 0, leaf, {})});
    leaf.clear();
    used = 0;
  };
  for (const TestItem& item : tree.items) {
    const std::size_t size = sizeof(Item) + item.data.size();
    CHECK(size <= room);
    bool full = used + size > room || (tree.leaf_items != 0 && leaf.size() == tree.leaf_items);
    if (full) end_leaf();
    leaf.push_back(item);
    used += size;
  }
  if (!leaf.empty() || tree.items.empty()) end_leaf();
  u8 level = 0;
  const std::size_t most = tree.pointers != 0 ? tree.pointers : room / sizeof(KeyPtr);
  while (pointers.size() > 1) {
    ++level;
    std::vector<Pointer> above;
    for (std::size_t start = 0; start < pointers.size(); start += most) {
      auto from = pointers.begin() + static_cast<std::ptrdiff_t>(start);
      auto to =
          pointers.begin() + static_cast<std::ptrdiff_t>(std::min(start + most, pointers.size()));
      above.push_back({from->key, write_block(id, level, {}, {from, to})});
    }
    pointers = std::move(above);
  }
  RootPointer root{id, pointers[0].bytenr, image_.shape_.generation, level};
  image_.roots_[id] = root;
  return root;
}

DevItem ImageBuilder::dev_item(u64 devid) const {
  DevItem item{};
  item.devid = devid;
  item.total_bytes = image_.disks_[devid - 1].size();
  item.io_align = item.io_width = item.sector_size = image_.shape_.sectorsize;
  dev_uuid(devid, item.uuid);
  std::memcpy(item.fsid, FSID, sizeof FSID);
  return item;
}

std::vector<u8> ImageBuilder::chunk_item(const TestImage::ChunkPlace& chunk) const {
  Chunk head{};
  head.length = chunk.length;
  head.owner = EXTENT_TREE_OBJECTID;
  head.stripe_len = STRIPE_LEN;
  head.type = chunk.type;
  head.io_align = head.io_width = static_cast<u32>(STRIPE_LEN);
  head.sector_size = image_.shape_.sectorsize;
  head.num_stripes = static_cast<u16>(chunk.stripes.size());
  head.sub_stripes = image_.shape_.profile == BLOCK_GROUP_RAID10 ? u16{2} : u16{1};
  std::vector<u8> bytes = item_bytes(head);
  for (const TestImage::Place& place : chunk.stripes) {
    Stripe stripe{};
    stripe.devid = place.devid;
    stripe.offset = place.physical;
    dev_uuid(place.devid, stripe.dev_uuid);
    auto more = item_bytes(stripe);
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  return bytes;
}

std::vector<TestItem> ImageBuilder::chunk_tree_items() const {
  std::vector<TestItem> items;
  for (u64 devid = 1; devid <= image_.disks_.size(); ++devid)
    items.push_back({{DEV_ITEMS_OBJECTID, DEV_ITEM_KEY, devid}, item_bytes(dev_item(devid))});
  for (const auto& [logical, chunk] : image_.chunks_)
    items.push_back({{FIRST_CHUNK_TREE_OBJECTID, CHUNK_ITEM_KEY, logical}, chunk_item(chunk)});
  return items;
}

void ImageBuilder::write_superblocks() {
  Superblock super{};
  std::memcpy(super.fsid, FSID, sizeof FSID);
  super.magic = SUPER_MAGIC;
  super.generation = image_.shape_.generation;
  super.root = image_.root(ROOT_TREE_OBJECTID).bytenr;
  super.root_level = image_.root(ROOT_TREE_OBJECTID).level;
  super.chunk_root = image_.root(CHUNK_TREE_OBJECTID).bytenr;
  super.chunk_root_level = image_.root(CHUNK_TREE_OBJECTID).level;
  super.chunk_root_generation = image_.shape_.generation;
  super.root_dir_objectid = ROOT_TREE_DIR_OBJECTID;
  super.num_devices = image_.disks_.size();
  super.sectorsize = super.stripesize = image_.shape_.sectorsize;
  super.nodesize = super.unused_leafsize = image_.shape_.nodesize;
  super.incompat_flags = FEATURE_INCOMPAT_MIXED_BACKREF | FEATURE_INCOMPAT_BIG_METADATA |
                         FEATURE_INCOMPAT_EXTENDED_IREF | FEATURE_INCOMPAT_SKINNY_METADATA |
                         FEATURE_INCOMPAT_NO_HOLES;
  super.csum_type = image_.shape_.csum_type;
  u32 used = 0;
  for (const auto& [logical, chunk] : image_.chunks_) {
    if ((chunk.type & BLOCK_GROUP_SYSTEM) == 0) continue;
    auto entry =
        joined({item_bytes(DiskKey::encode({FIRST_CHUNK_TREE_OBJECTID, CHUNK_ITEM_KEY, logical})),
                chunk_item(chunk)});
    CHECK(used + entry.size() <= SYSTEM_CHUNK_ARRAY_SIZE);
    std::memcpy(super.sys_chunk_array + used, entry.data(), entry.size());
    used += static_cast<u32>(entry.size());
  }
  super.sys_chunk_array_size = used;
  for (u64 devid = 1; devid <= image_.disks_.size(); ++devid) {
    super.dev_item = dev_item(devid);
    super.total_bytes = super.total_bytes + super.dev_item.total_bytes;
  }
  for (u64 devid = 1; devid <= image_.disks_.size(); ++devid) {
    super.dev_item = dev_item(devid);
    for (u64 offset : SUPER_OFFSETS) {
      std::vector<u8>& disk = image_.disks_[devid - 1];
      if (disk.size() < offset + SUPER_INFO_SIZE) break;
      super.bytenr = offset;
      std::memcpy(disk.data() + offset, &super, sizeof super);
      fix_checksum(image_.shape_, MutableBytes(disk).subspan(offset, SUPER_INFO_SIZE));
    }
  }
}

TestImage ImageBuilder::build() {
  add_chunk(BLOCK_GROUP_SYSTEM);
  // Items of the root and chunk trees that a test gave come beside those that must be there.
  Tree root_tree = trees_[ROOT_TREE_OBJECTID];
  Tree chunk_tree = trees_[CHUNK_TREE_OBJECTID];
  for (const auto& [id, tree] : trees_) {
    if (!has_root_item(id)) continue;
    root_tree.items.push_back(
        {{id, ROOT_ITEM_KEY, 0}, item_bytes(root_item_of(write_tree(id, tree)))});
  }
  std::ranges::sort(root_tree.items, {}, &TestItem::key);
  write_tree(ROOT_TREE_OBJECTID, root_tree);
  for (std::vector<u8>& disk : image_.disks_)
    disk.resize(std::max<u64>(disk.size(), disk_size_));
  for (TestItem& item : chunk_tree_items())
    chunk_tree.items.push_back(std::move(item));
  std::ranges::sort(chunk_tree.items, {}, &TestItem::key);
  write_tree(CHUNK_TREE_OBJECTID, chunk_tree);
  image_.write_parity();
  write_superblocks();
  return std::move(image_);
}

}  // namespace canopy
