#include "commit/chunk_items.h"

#include <cstring>

namespace canopy {
namespace {

Key chunk_key(u64 logical) { return {FIRST_CHUNK_TREE_OBJECTID, CHUNK_ITEM_KEY, logical}; }

template <typename T>
void append(std::vector<u8>& bytes, const T& value) {
  Bytes raw = as_bytes(value);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

}  // namespace

std::vector<u8> build_chunk_item(const ChunkMapping& chunk, u32 sectorsize) {
  std::vector<u8> data;
  append(data, Chunk{chunk.length, EXTENT_TREE_OBJECTID, STRIPE_LEN, chunk.type,
                     static_cast<u32>(STRIPE_LEN), static_cast<u32>(STRIPE_LEN), sectorsize,
                     static_cast<u16>(chunk.stripes.size()), static_cast<u16>(chunk.sub_stripes)});
  for (const ChunkStripe& stripe : chunk.stripes) {
    Stripe raw{stripe.devid, stripe.physical, {}};
    std::memcpy(raw.dev_uuid, stripe.dev_uuid, sizeof raw.dev_uuid);
    append(data, raw);
  }
  return data;
}

Result<void> insert_chunk_items(Transaction& transaction, const ChunkMapping& chunk,
                                u32 sectorsize) {
  Tree& chunk_tree = *TRY(transaction.tree(CHUNK_TREE_OBJECTID));
  TRY(insert_item(transaction, chunk_tree, chunk_key(chunk.logical),
                  build_chunk_item(chunk, sectorsize)));
  Tree& dev_tree = *TRY(transaction.tree(DEV_TREE_OBJECTID));
  BlockRef root = TRY(read_root(transaction.cache(), dev_tree.root));
  auto header = load_struct<Header>(root->bytes());
  DevExtent extent{
      CHUNK_TREE_OBJECTID, FIRST_CHUNK_TREE_OBJECTID, chunk.logical, chunk.stripe_length(), {}};
  std::memcpy(extent.chunk_tree_uuid, header.chunk_tree_uuid, sizeof extent.chunk_tree_uuid);
  for (const ChunkStripe& stripe : chunk.stripes)
    TRY(insert_item(transaction, dev_tree, {stripe.devid, DEV_EXTENT_KEY, stripe.physical},
                    as_bytes(extent)));
  return {};
}

Result<void> remove_chunk_items(Transaction& transaction, const ChunkMapping& chunk) {
  Tree& chunk_tree = *TRY(transaction.tree(CHUNK_TREE_OBJECTID));
  TRY(remove_item(transaction, chunk_tree, chunk_key(chunk.logical)));
  Tree& dev_tree = *TRY(transaction.tree(DEV_TREE_OBJECTID));
  for (const ChunkStripe& stripe : chunk.stripes)
    TRY(remove_item(transaction, dev_tree, {stripe.devid, DEV_EXTENT_KEY, stripe.physical}));
  return {};
}

Result<void> write_device_items(Transaction& transaction, const DeviceSpace& devices) {
  Tree& chunk_tree = *TRY(transaction.tree(CHUNK_TREE_OBJECTID));
  for (const auto& [devid, device] : devices.devices()) {
    Key key{DEV_ITEMS_OBJECTID, DEV_ITEM_KEY, devid};
    auto data = TRY(find_item(transaction.cache(), chunk_tree.root, key));
    if (!data || data->size() != sizeof(DevItem))
      return error(Code::corrupt, "device item of device {} is missing or of a wrong size", devid);
    auto item = load_struct<DevItem>(*data);
    if (item.bytes_used == device.bytes_used()) continue;
    item.bytes_used = device.bytes_used();
    TRY(replace_item(transaction, chunk_tree, key, as_bytes(item)));
  }
  return {};
}

Result<std::vector<u8>> build_system_chunk_array(
    const std::vector<std::shared_ptr<const ChunkMapping>>& chunks, u32 sectorsize) {
  std::vector<u8> array;
  for (const auto& chunk : chunks) {
    if ((chunk->type & BLOCK_GROUP_SYSTEM) == 0) continue;
    append(array, DiskKey::encode(chunk_key(chunk->logical)));
    std::vector<u8> item = build_chunk_item(*chunk, sectorsize);
    array.insert(array.end(), item.begin(), item.end());
  }
  if (array.size() > SYSTEM_CHUNK_ARRAY_SIZE)
    return error(Code::no_space, "the superblock has no room for another SYSTEM chunk")
        .as_errno("EFBIG");
  return array;
}

}  // namespace canopy
