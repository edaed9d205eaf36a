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

bool is_zeros(Bytes bytes) {
  return std::ranges::all_of(bytes, [](u8 byte) { return byte == 0; });
}

// Block `index` of `content`, filled up with zeros.
std::vector<u8> block_of(const std::vector<u8>& content, u64 index, u64 size) {
  std::vector<u8> bytes(size);
  const u64 at = index * size;
  std::copy_n(content.begin() + static_cast<long>(at), std::min(size, content.size() - at),
              bytes.begin());
  return bytes;
}

u64 blocks_in(const std::vector<u8>& content, u64 size) {
  return (content.size() + size - 1) / size;
}

std::vector<u8> vhd_footer(u64 size, u32 type) {
  std::vector<u8> footer(512);
  std::memcpy(footer.data(), "conectix", 8);
  store_be<u64>(&footer[16], type == 3 ? 512 : ~u64{0});
  store_be<u64>(&footer[48], size);
  store_be<u32>(&footer[60], type);
  return footer;
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

std::vector<u8> vdi_image(const std::vector<u8>& content) {
  constexpr u64 block = 1u << 20, table_at = 512;
  const u64 blocks = blocks_in(content, block);
  const u64 data_at = (table_at + blocks * 4 + 511) / 512 * 512;
  std::vector<u8> file(data_at);
  store_le<u32>(&file[0x40], 0xbeda107f);
  store_le<u32>(&file[0x44], 0x00010001);
  store_le<u32>(&file[0x4c], 1);
  store_le<u32>(&file[0x154], table_at);
  store_le<u32>(&file[0x158], static_cast<u32>(data_at));
  store_le<u64>(&file[0x170], content.size());
  store_le<u32>(&file[0x178], block);
  store_le<u32>(&file[0x180], static_cast<u32>(blocks));
  // The last block lies first.
  for (u64 i = blocks; i-- > 0;) {
    const std::vector<u8> bytes = block_of(content, i, block);
    const u32 place = static_cast<u32>((file.size() - data_at) / block);
    store_le<u32>(&file[table_at + i * 4], is_zeros(bytes) ? ~u32{0} : place);
    if (!is_zeros(bytes)) file.insert(file.end(), bytes.begin(), bytes.end());
  }
  return file;
}

std::vector<u8> vhd_image(const std::vector<u8>& content, VhdKind kind) {
  if (kind == VhdKind::fixed) {
    std::vector<u8> file = content;
    const std::vector<u8> footer = vhd_footer(content.size(), 2);
    file.insert(file.end(), footer.begin(), footer.end());
    return file;
  }
  constexpr u64 block = 2u << 20, bitmap = 512, table_at = 1536;
  const u64 blocks = blocks_in(content, block);
  const std::vector<u8> footer = vhd_footer(content.size(), 3);
  std::vector<u8> file = footer;
  file.resize((table_at + blocks * 4 + 511) / 512 * 512);
  std::memcpy(&file[512], "cxsparse", 8);
  store_be<u64>(&file[512 + 16], table_at);
  store_be<u32>(&file[512 + 28], static_cast<u32>(blocks));
  store_be<u32>(&file[512 + 32], block);
  for (u64 i = 0; i < blocks; ++i) {
    const std::vector<u8> bytes = block_of(content, i, block);
    store_be<u32>(&file[table_at + i * 4],
                  is_zeros(bytes) ? ~u32{0} : static_cast<u32>(file.size() / 512));
    if (is_zeros(bytes)) continue;
    file.resize(file.size() + bitmap, 0xff);
    file.insert(file.end(), bytes.begin(), bytes.end());
  }
  file.insert(file.end(), footer.begin(), footer.end());
  return file;
}

std::vector<u8> vmdk_image(const std::vector<u8>& content, VmdkKind kind) {
  constexpr u64 grain = 64u << 10, entries = 512;
  const bool packed = kind == VmdkKind::stream_optimized;
  const u64 grains = blocks_in(content, grain);
  const u64 tables = (grains + entries - 1) / entries;
  std::vector<u8> header(512);
  store_le<u32>(&header[0], 0x564d444b);
  store_le<u32>(&header[4], packed ? 3 : 1);
  store_le<u32>(&header[8], packed ? 0x30001 : 3);
  store_le<u64>(&header[12], content.size() / 512);
  store_le<u64>(&header[20], grain / 512);
  store_le<u64>(&header[28], 1);
  store_le<u64>(&header[36], 1);
  store_le<u32>(&header[44], entries);
  store_le<u64>(&header[56], ~u64{0});
  store_le<u16>(&header[77], packed ? 1 : 0);
  // As QEMU does: the first grain that is not zeros, often the second, lies at 64 KiB.
  std::vector<u8> file(grain);
  const std::string_view descriptor = "# Disk DescriptorFile\nparentCID=ffffffff\n";
  std::ranges::copy(header, file.begin());
  std::ranges::copy(descriptor, file.begin() + 512);
  auto fill_sector = [&] { file.resize((file.size() + 511) / 512 * 512); };
  std::vector<u8> table(tables * entries * 4);
  for (u64 i = 0; i < grains; ++i) {
    const std::vector<u8> bytes = block_of(content, i, grain);
    if (is_zeros(bytes)) continue;
    store_le<u32>(&table[i * 4], static_cast<u32>(file.size() / 512));
    if (packed) {
      const std::vector<u8> small = deflated(bytes, MAX_WBITS);
      u8 head[12];
      store_le<u64>(head, i * grain / 512);
      store_le<u32>(head + 8, static_cast<u32>(small.size()));
      file.insert(file.end(), head, head + 12);
      file.insert(file.end(), small.begin(), small.end());
    } else {
      file.insert(file.end(), bytes.begin(), bytes.end());
    }
    fill_sector();
  }
  const u64 tables_at = file.size();
  file.insert(file.end(), table.begin(), table.end());
  const u64 directory_at = file.size();
  file.resize(directory_at + tables * 4);
  for (u64 i = 0; i < tables; ++i)
    store_le<u32>(&file[directory_at + i * 4],
                  static_cast<u32>((tables_at + i * entries * 4) / 512));
  fill_sector();
  store_le<u64>(&header[56], directory_at / 512);
  if (packed) {
    file.resize(file.size() + 512);  // a marker: the footer follows
    file.insert(file.end(), header.begin(), header.end());
    file.resize(file.size() + 512);  // the end
  } else {
    std::ranges::copy(header, file.begin());
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
