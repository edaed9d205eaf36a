// A chunk's items in the chunk tree and the device tree, and its copy in the superblock's system
// chunk array. (Its block group item and its free space belong to the commit.)
#pragma once

#include "cow/items.h"
#include "ondisk/superblock.h"
#include "space/device_space.h"

namespace canopy {

// The data of a CHUNK_ITEM.
std::vector<u8> build_chunk_item(const ChunkMapping& chunk, u32 sectorsize);

// Writes the chunk item and a device extent for each stripe.
Result<void> insert_chunk_items(Transaction& transaction, const ChunkMapping& chunk,
                                u32 sectorsize);
Result<void> remove_chunk_items(Transaction& transaction, const ChunkMapping& chunk);
// Brings bytes_used of the DEV_ITEMs up to date.
Result<void> write_device_items(Transaction& transaction, const DeviceSpace& devices);

// The system chunk array for these chunks, of which only SYSTEM ones are taken. Code::no_space if
// they do not fit.
Result<std::vector<u8>> build_system_chunk_array(
    const std::vector<std::shared_ptr<const ChunkMapping>>& chunks, u32 sectorsize);

}  // namespace canopy
