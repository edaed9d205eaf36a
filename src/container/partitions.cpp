#include "container/partitions.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "device/device_part.h"
#include "ondisk/superblock.h"

namespace canopy {
namespace {

constexpr u64 SECTOR = 512;  // of an MBR; a GPT may count in larger ones

// ---- MBR ----

struct MbrEntry {
  u8 status;
  u8 first[3];
  u8 type;
  u8 last[3];
  le32 start;
  le32 sectors;
};
static_assert(sizeof(MbrEntry) == 16);
constexpr std::size_t MBR_ENTRIES = 446;
constexpr std::size_t MBR_SIGNATURE = 510;
constexpr u8 TYPE_PROTECTIVE = 0xee;

bool is_extended(u8 type) { return type == 0x05 || type == 0x0f || type == 0x85; }

class Table {
 public:
  explicit Table(Device& disk) : disk_(disk) {}

  Result<PartitionTable> read() {
    std::vector<u8> sector(SECTOR);
    if (disk_.size_bytes() < SECTOR) return table_;
    TRY(disk_.read(0, sector));
    if (!has_signature(sector)) return table_;
    const auto first = load_struct<MbrEntry>(sector, MBR_ENTRIES);
    if (first.type == TYPE_PROTECTIVE) {
      TRY(read_gpt());
    } else {
      TRY(read_mbr(sector));
    }
    std::ranges::sort(table_.partitions, {}, &Partition::number);
    return table_;
  }

 private:
  // How many entries are believed in; real tables have 128.
  static constexpr u32 MOST_ENTRIES = 1024;
  static constexpr u32 MOST_LOGICAL = 128;

  static bool has_signature(const std::vector<u8>& sector) {
    return sector[MBR_SIGNATURE] == 0x55 && sector[MBR_SIGNATURE + 1] == 0xaa;
  }

  void add(u32 number, u64 start, u64 length, std::string name) {
    if (start >= disk_.size_bytes() || length == 0) return;
    length = std::min(length, disk_.size_bytes() - start);
    table_.partitions.push_back(
        {number, start, length, std::move(name), has_btrfs_magic(disk_, start)});
  }

  Result<void> read_mbr(const std::vector<u8>& sector) {
    table_.kind = "MBR";
    for (u32 i = 0; i < 4; ++i) {
      const auto entry = load_struct<MbrEntry>(sector, MBR_ENTRIES + i * sizeof(MbrEntry));
      if (entry.type == 0 || entry.sectors == 0) continue;
      if (is_extended(entry.type)) {
        TRY(read_logical(u64{entry.start} * SECTOR));
      } else {
        add(i + 1, u64{entry.start} * SECTOR, u64{entry.sectors} * SECTOR, "");
      }
    }
    return {};
  }

  // Each sector of the chain has one partition, relative to itself, and where the next sector is,
  // relative to the first.
  Result<void> read_logical(u64 extended) {
    u64 at = extended;
    for (u32 i = 0; i < MOST_LOGICAL; ++i) {
      std::vector<u8> sector(SECTOR);
      if (at > disk_.size_bytes() || disk_.size_bytes() - at < SECTOR) return {};
      TRY(disk_.read(at, sector));
      if (!has_signature(sector)) return {};
      const auto entry = load_struct<MbrEntry>(sector, MBR_ENTRIES);
      const auto next = load_struct<MbrEntry>(sector, MBR_ENTRIES + sizeof(MbrEntry));
      if (entry.type != 0)
        add(5 + i, at + u64{entry.start} * SECTOR, u64{entry.sectors} * SECTOR, "");
      if (!is_extended(next.type) || next.start == 0) return {};
      at = extended + u64{next.start} * SECTOR;
    }
    return {};
  }

  Result<void> read_gpt() {
    const u64 size = disk_.size_bytes();
    for (const u64 sector : {u64{512}, u64{4096}}) {
      if (size < 3 * sector) continue;
      for (const u64 at : {sector, size / sector * sector - sector})
        if (TRY(read_gpt_at(at, sector))) return {};
    }
    return {};
  }

  // False: there is no sound header.
  Result<bool> read_gpt_at(u64 at, u64 sector) {
    std::vector<u8> header(512);
    TRY(disk_.read(at, header));
    if (std::memcmp(header.data(), "EFI PART", 8) != 0) return false;
    const u32 header_size = load_le<u32>(&header[12]);
    if (header_size < 92 || header_size > header.size()) return false;
    const u32 sum = load_le<u32>(&header[16]);
    store_le<u32>(&header[16], 0);
    if (crc32(0, header.data(), header_size) != sum) return false;
    const u64 entries = load_le<u64>(&header[72]);
    const u32 count = std::min(load_le<u32>(&header[80]), MOST_ENTRIES);
    const u32 entry_size = load_le<u32>(&header[84]);
    if (entry_size < 128 || entry_size > 4096 || entries > disk_.size_bytes() / sector)
      return false;
    std::vector<u8> table(std::size_t{count} * entry_size);
    if (table.size() > disk_.size_bytes() - entries * sector) return false;
    TRY(disk_.read(entries * sector, table));
    table_.kind = "GPT";
    for (u32 i = 0; i < count; ++i)
      add_gpt_entry(i + 1, &table[std::size_t{i} * entry_size], sector);
    return true;
  }

  void add_gpt_entry(u32 number, const u8* entry, u64 sector) {
    if (std::all_of(entry, entry + 16, [](u8 byte) { return byte == 0; })) return;
    const u64 first = load_le<u64>(entry + 32);
    const u64 last = load_le<u64>(entry + 40);
    const u64 sectors = disk_.size_bytes() / sector;
    if (first > last || first >= sectors) return;
    const u64 end = std::min(last, sectors - 1) + 1;
    add(number, first * sector, (end - first) * sector, name_of(entry + 56));
  }

  // 36 UTF-16 units; pairs of surrogates become question marks.
  static std::string name_of(const u8* units) {
    std::string name;
    for (u32 i = 0; i < 36; ++i) {
      const u16 unit = load_le<u16>(units + std::size_t{2} * i);
      if (unit == 0) break;
      if (unit < 0x20 || (unit >= 0xd800 && unit < 0xe000)) {
        name += '?';
      } else if (unit < 0x80) {
        name += static_cast<char>(unit);
      } else if (unit < 0x800) {
        name += static_cast<char>(0xc0 | unit >> 6);
        name += static_cast<char>(0x80 | (unit & 0x3f));
      } else {
        name += static_cast<char>(0xe0 | unit >> 12);
        name += static_cast<char>(0x80 | (unit >> 6 & 0x3f));
        name += static_cast<char>(0x80 | (unit & 0x3f));
      }
    }
    return name;
  }

  Device& disk_;
  PartitionTable table_;
};

}  // namespace

Result<PartitionTable> read_partition_table(Device& disk) { return Table(disk).read(); }

bool has_btrfs_magic(Device& device, u64 start) {
  const u64 offset = SUPER_OFFSETS[0] + offsetof(Superblock, magic);
  u8 magic[8];
  if (start > device.size_bytes() || device.size_bytes() - start < offset + sizeof magic)
    return false;
  return device.read(start + offset, magic).ok() && load_le<u64>(magic) == SUPER_MAGIC;
}

std::unique_ptr<Device> open_partition(std::unique_ptr<Device> disk, const Partition& partition) {
  std::string name = fmt::format("{}, partition {}", disk->name(), partition.number);
  return open_device_part(std::move(disk), partition.start, partition.length, std::move(name));
}

}  // namespace canopy
