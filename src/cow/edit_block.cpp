#include "cow/edit_block.h"

#include <algorithm>
#include <cstring>

namespace canopy {
namespace {

u8* entries(ExtentBuffer& block) { return block.mutable_bytes().data() + sizeof(Header); }

void set_nritems(ExtentBuffer& block, u32 count) {
  store_le<u32>(block.mutable_bytes().data() + offsetof(Header, nritems), count);
}

// Where the data of a leaf's items begins, counted from the end of the header.
u32 data_start(const ExtentBuffer& leaf) {
  u32 count = leaf.nritems();
  return count == 0 ? leaf.leaf_data_size()
                    : leaf.item_offset(count - 1) - static_cast<u32>(sizeof(Header));
}

// Where the data of the item before `slot` begins, which is where that of `slot` ends.
u32 data_end_of(const ExtentBuffer& leaf, u32 slot) {
  return slot == 0 ? leaf.leaf_data_size()
                   : leaf.item_offset(slot - 1) - static_cast<u32>(sizeof(Header));
}

void write_item(ExtentBuffer& leaf, u32 slot, const Key& key, u32 offset, u32 size) {
  Item item{DiskKey::encode(key), offset, size};
  std::memcpy(entries(leaf) + std::size_t{slot} * sizeof item, &item, sizeof item);
}

// Moves the data of all items from `slot` on by `delta` bytes and tells their items.
void shift_data(ExtentBuffer& leaf, u32 slot, i64 delta) {
  u32 count = leaf.nritems();
  if (slot >= count || delta == 0) return;
  u32 start = data_start(leaf);
  u32 end = data_end_of(leaf, slot);
  u8* area = entries(leaf);
  std::memmove(area + (i64{start} + delta), area + start, end - start);
  for (u32 i = slot; i < count; ++i) {
    u8* field = area + std::size_t{i} * sizeof(Item) + offsetof(Item, offset);
    store_le<u32>(field, static_cast<u32>(i64{load_le<u32>(field)} + delta));
  }
}

}  // namespace

u32 leaf_free_bytes(const ExtentBuffer& leaf) {
  return data_start(leaf) - leaf.nritems() * static_cast<u32>(sizeof(Item));
}

u32 leaf_used_bytes(const ExtentBuffer& leaf) {
  return leaf.leaf_data_size() - leaf_free_bytes(leaf);
}

void set_key(ExtentBuffer& block, u32 slot, const Key& key) {
  CHECK(slot < block.nritems());
  std::size_t step = block.is_leaf() ? sizeof(Item) : sizeof(KeyPtr);
  DiskKey raw = DiskKey::encode(key);
  std::memcpy(entries(block) + slot * step, &raw, sizeof raw);
}

MutableBytes insert_item(ExtentBuffer& leaf, u32 slot, const Key& key, u32 size) {
  u32 count = leaf.nritems();
  CHECK(leaf.is_leaf() && slot <= count && leaf_free_bytes(leaf) >= size + sizeof(Item));
  u32 offset = data_end_of(leaf, slot) - size;
  shift_data(leaf, slot, -i64{size});
  u8* at = entries(leaf) + std::size_t{slot} * sizeof(Item);
  std::memmove(at + sizeof(Item), at, std::size_t{count - slot} * sizeof(Item));
  set_nritems(leaf, count + 1);
  write_item(leaf, slot, key, offset, size);
  return mutable_item(leaf, slot);
}

void remove_items(ExtentBuffer& leaf, u32 slot, u32 count) {
  u32 total = leaf.nritems();
  CHECK(leaf.is_leaf() && slot + count <= total);
  if (count == 0) return;
  u32 end = data_end_of(leaf, slot);
  u32 start = leaf.item_offset(slot + count - 1) - static_cast<u32>(sizeof(Header));
  shift_data(leaf, slot + count, i64{end} - start);
  u8* at = entries(leaf) + std::size_t{slot} * sizeof(Item);
  std::memmove(at, at + std::size_t{count} * sizeof(Item),
               std::size_t{total - slot - count} * sizeof(Item));
  set_nritems(leaf, total - count);
}

MutableBytes resize_item(ExtentBuffer& leaf, u32 slot, u32 size) {
  u32 old_size = leaf.item_size(slot);
  CHECK(slot < leaf.nritems() && (size <= old_size || leaf_free_bytes(leaf) >= size - old_size));
  // The item's first bytes stay first: its data moves with that of the items after it.
  u8* area = entries(leaf);
  u32 offset = leaf.item_offset(slot) - static_cast<u32>(sizeof(Header));
  u32 start = data_start(leaf);
  i64 delta = i64{old_size} - size;
  u32 kept = std::min(old_size, size);
  std::memmove(area + (i64{start} + delta), area + start, offset + kept - start);
  for (u32 i = slot; i < leaf.nritems(); ++i) {
    u8* field = area + std::size_t{i} * sizeof(Item) + offsetof(Item, offset);
    store_le<u32>(field, static_cast<u32>(i64{load_le<u32>(field)} + delta));
  }
  store_le<u32>(area + std::size_t{slot} * sizeof(Item) + offsetof(Item, size), size);
  return mutable_item(leaf, slot);
}

MutableBytes mutable_item(ExtentBuffer& leaf, u32 slot) {
  CHECK(leaf.is_leaf() && slot < leaf.nritems());
  return leaf.mutable_bytes().subspan(leaf.item_offset(slot), leaf.item_size(slot));
}

void move_items(ExtentBuffer& leaf, u32 slot, u32 count, ExtentBuffer& to, u32 to_slot) {
  for (u32 i = 0; i < count; ++i) {
    Bytes data = leaf.item(slot + i);
    MutableBytes place =
        insert_item(to, to_slot + i, leaf.key(slot + i), static_cast<u32>(data.size()));
    if (!data.empty()) std::memcpy(place.data(), data.data(), data.size());
  }
  remove_items(leaf, slot, count);
}

void set_pointer(ExtentBuffer& node, u32 slot, const NodePointer& pointer) {
  CHECK(!node.is_leaf() && slot < node.nritems());
  KeyPtr raw{DiskKey::encode(pointer.key), pointer.blockptr, pointer.generation};
  std::memcpy(entries(node) + std::size_t{slot} * sizeof raw, &raw, sizeof raw);
}

void insert_pointer(ExtentBuffer& node, u32 slot, const NodePointer& pointer) {
  u32 count = node.nritems();
  CHECK(!node.is_leaf() && slot <= count && count < node.max_pointers());
  u8* at = entries(node) + std::size_t{slot} * sizeof(KeyPtr);
  std::memmove(at + sizeof(KeyPtr), at, std::size_t{count - slot} * sizeof(KeyPtr));
  set_nritems(node, count + 1);
  set_pointer(node, slot, pointer);
}

void remove_pointers(ExtentBuffer& node, u32 slot, u32 count) {
  u32 total = node.nritems();
  CHECK(!node.is_leaf() && slot + count <= total);
  u8* at = entries(node) + std::size_t{slot} * sizeof(KeyPtr);
  std::memmove(at, at + std::size_t{count} * sizeof(KeyPtr),
               std::size_t{total - slot - count} * sizeof(KeyPtr));
  set_nritems(node, total - count);
}

void move_pointers(ExtentBuffer& node, u32 slot, u32 count, ExtentBuffer& to, u32 to_slot) {
  u32 total = to.nritems();
  CHECK(!node.is_leaf() && !to.is_leaf() && slot + count <= node.nritems());
  CHECK(to_slot <= total && total + count <= to.max_pointers());
  u8* place = entries(to) + std::size_t{to_slot} * sizeof(KeyPtr);
  std::memmove(place + std::size_t{count} * sizeof(KeyPtr), place,
               std::size_t{total - to_slot} * sizeof(KeyPtr));
  std::memcpy(place, entries(node) + std::size_t{slot} * sizeof(KeyPtr),
              std::size_t{count} * sizeof(KeyPtr));
  set_nritems(to, total + count);
  remove_pointers(node, slot, count);
}

}  // namespace canopy
