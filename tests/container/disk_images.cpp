#include "disk_images.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "support/image_builder.h"
#include "support/must.h"

namespace canopy {
namespace {

constexpr u64 SECTOR = 512;

template <typename T>
void store_be(u8* bytes, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes[i] = static_cast<u8>(value >> 8 * (sizeof(T) - 1 - i));
}

void put_mbr_entry(u8* sector, u32 index, u8 type, u64 start, u64 length) {
  u8* entry = sector + 446 + std::size_t{16} * index;
  entry[4] = type;
  store_le<u32>(entry + 8, static_cast<u32>(start / SECTOR));
  store_le<u32>(entry + 12, static_cast<u32>(length / SECTOR));
  sector[510] = 0x55;
  sector[511] = 0xaa;
}

void put_gpt_entry(u8* entry, u64 start, u64 length, const char* name) {
  std::memset(entry, 0xab, 32);
  store_le<u64>(entry + 32, start / SECTOR);
  store_le<u64>(entry + 40, (start + length) / SECTOR - 1);
  for (std::size_t i = 0; name[i] != 0; ++i)
    entry[56 + 2 * i] = static_cast<u8>(name[i]);
}

void put_gpt_header(u8* header, u64 entries_at) {
  std::memcpy(header, "EFI PART", 8);
  store_le<u32>(header + 12, 92);
  store_le<u64>(header + 72, entries_at / SECTOR);
  store_le<u32>(header + 80, 128);
  store_le<u32>(header + 84, 128);
  store_le<u32>(header + 16, 0);
  store_le<u32>(header + 16, static_cast<u32>(crc32(0, header, 92)));
}

// `window_bits` also says which header zlib puts around it.
std::vector<u8> deflated(Bytes bytes, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::vector<u8> out(compressBound(static_cast<uLong>(bytes.size())) + 64);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::unique_ptr<Device> memory_device(std::vector<u8> bytes, std::string name) {
  return std::make_unique<MemoryDevice>(std::move(name), std::move(bytes));
}

std::vector<u8> small_filesystem() {
  TestImage image = ImageBuilder().tree(256, {opaque_item({256, 1, 0}, 160)}).build();
  const MutableBytes disk = image.disk(1);
  return {disk.begin(), disk.end()};
}

std::vector<u8> gpt_disk(const std::vector<u8>& content, bool sound) {
  std::vector<u8> disk(PARTITION_START + content.size() + PARTITION_START);
  put_mbr_entry(disk.data(), 0, 0xee, SECTOR, disk.size() - SECTOR);
  std::vector<u8> entries(128 * 128);
  put_gpt_entry(&entries[0], 64 * SECTOR, 128 * SECTOR, "boot");
  put_gpt_entry(&entries[128], PARTITION_START, content.size(), "data");
  const u64 copy_at = disk.size() - SECTOR - entries.size();
  std::ranges::copy(entries, disk.begin() + 2 * SECTOR);
  std::ranges::copy(entries, disk.begin() + static_cast<long>(copy_at));
  put_gpt_header(&disk[SECTOR], 2 * SECTOR);
  put_gpt_header(&disk[disk.size() - SECTOR], copy_at);
  if (!sound) disk[SECTOR + 80] ^= 1;
  std::ranges::copy(content, disk.begin() + PARTITION_START);
  return disk;
}

std::vector<u8> mbr_disk(const std::vector<u8>& content) {
  std::vector<u8> disk(PARTITION_START + content.size());
  const u64 extended = PARTITION_START - 64 * SECTOR;
  put_mbr_entry(disk.data(), 0, 0x83, 64 * SECTOR, 64 * SECTOR);
  put_mbr_entry(disk.data(), 1, 0x05, extended, disk.size() - extended);
  put_mbr_entry(&disk[extended], 0, 0x83, 64 * SECTOR, content.size());
  std::ranges::copy(content, disk.begin() + PARTITION_START);
  return disk;
}

std::vector<u8> qcow2_image(const std::vector<u8>& content, const Qcow2Shape& shape) {
  const u64 cluster = u64{1} << shape.cluster_bits;
  const u64 entries = cluster / 8;
  const u64 clusters = (content.size() + cluster - 1) / cluster;
  const u64 tables = (clusters + entries - 1) / entries;
  // Header, L1 table, L2 tables, data.
  const u64 l2_at = cluster + (tables * 8 + cluster - 1) / cluster * cluster;
  std::vector<u8> file(l2_at + tables * cluster);
  store_be<u32>(&file[0], 0x514649fb);
  store_be<u32>(&file[4], shape.version);
  store_be<u32>(&file[20], shape.cluster_bits);
  store_be<u64>(&file[24], content.size());
  store_be<u32>(&file[36], static_cast<u32>(tables));
  store_be<u64>(&file[40], cluster);
  if (shape.version == 3) {
    const bool zstd = shape.clusters == Qcow2Shape::Clusters::zstd;
    store_be<u64>(&file[72], zstd ? 8 : 0);
    store_be<u32>(&file[100], 112);
    file[104] = zstd ? 1 : 0;
  }
  for (u64 i = 0; i < tables; ++i)
    store_be<u64>(&file[cluster + i * 8], (l2_at + i * cluster) | u64{1} << 63);
  for (u64 i = 0; i < clusters; ++i) {
    std::vector<u8> bytes(cluster);
    const u64 length = std::min(cluster, content.size() - i * cluster);
    std::copy_n(content.begin() + static_cast<long>(i * cluster), length, bytes.begin());
    if (std::ranges::all_of(bytes, [](u8 byte) { return byte == 0; })) continue;
    const u64 entry_at = l2_at + i * 8;
    if (shape.clusters == Qcow2Shape::Clusters::plain) {
      file.resize((file.size() + cluster - 1) / cluster * cluster);
      store_be<u64>(&file[entry_at], file.size() | u64{1} << 63);
      file.insert(file.end(), bytes.begin(), bytes.end());
      continue;
    }
    const std::vector<u8> packed =
        shape.clusters == Qcow2Shape::Clusters::zstd ? zstd_of(bytes) : deflated(bytes, -12);
    const u64 at = file.size();
    const u64 sectors = (at + packed.size() - 1) / SECTOR - at / SECTOR;
    store_be<u64>(&file[entry_at], u64{1} << 62 | sectors << (62 - (shape.cluster_bits - 8)) | at);
    file.insert(file.end(), packed.begin(), packed.end());
  }
  return file;
}

std::vector<u8> gzip_of(const std::vector<u8>& bytes) { return deflated(bytes, 16 + MAX_WBITS); }

std::vector<u8> zstd_of(const std::vector<u8>& bytes) {
  std::vector<u8> out(ZSTD_compressBound(bytes.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

std::vector<u8> bytes_of(Device& device) {
  std::vector<u8> bytes(to_size(device.size_bytes()));
  must(device.read(0, bytes));
  return bytes;
}

}  // namespace canopy
