// Disks of VirtualBox. All numbers have their lowest byte first.
//
//   0x40 signature | 0x44 version | 0x4c type | 0x154 place of the table | 0x158 of the blocks
//   0x170 size of the disk | 0x178 of a block | 0x17c extra bytes of each | 0x180 number of blocks
//   0x1b8 uuid of the image that this one is the difference to
#include <algorithm>

#include "base/bytes.h"
#include "container/block_disk.h"
#include "container/virtual_disk.h"

namespace canopy {
namespace {

constexpr u32 SIGNATURE = 0xbeda107fu;
constexpr std::size_t HEADER_SIZE = 0x200;
constexpr u32 VERSION_1_1 = 0x00010001u;
constexpr u32 TYPE_DYNAMIC = 1;
constexpr u32 TYPE_FIXED = 2;
constexpr u32 DISCARDED = ~u32{0} - 1;
constexpr u64 MAX_BLOCK_SIZE = u64{1} << 30;

}  // namespace

bool is_vdi(Bytes first_bytes) {
  return first_bytes.size() >= 0x44 && load_le<u32>(&first_bytes[0x40]) == SIGNATURE;
}

Result<std::unique_ptr<Device>> open_vdi(std::unique_ptr<Device> file) {
  std::vector<u8> header(HEADER_SIZE);
  TRY(file->read(0, header));
  const u32 version = load_le<u32>(&header[0x44]);
  const u32 type = load_le<u32>(&header[0x4c]);
  if (version != VERSION_1_1)
    return error(Code::unsupported, "{}: VDI version {:#x}", file->name(), version);
  const Bytes parent = Bytes(header).subspan(0x1b8, 16);
  const bool is_difference = std::ranges::any_of(parent, [](u8 byte) { return byte != 0; });
  if (is_difference || (type != TYPE_DYNAMIC && type != TYPE_FIXED))
    return error(Code::unsupported, "{}: VDI of type {} holds only the difference to another image",
                 file->name(), type);
  BlockLayout layout;
  layout.size = load_le<u64>(&header[0x170]);
  layout.block_size = layout.unit = load_le<u32>(&header[0x178]);
  layout.base = load_le<u32>(&header[0x158]);
  if (layout.block_size == 0 || layout.block_size > MAX_BLOCK_SIZE ||
      layout.base > MAX_BLOCK_SIZE || load_le<u32>(&header[0x17c]) != 0)
    return error(Code::corrupt, "{}: VDI header: blocks of {} bytes and {} more, from {}",
                 file->name(), layout.block_size, load_le<u32>(&header[0x17c]), layout.base);
  const u64 table_at = load_le<u32>(&header[0x154]);
  const u64 entries = TRY(block_table_entries(*file, "VDI", table_at, load_le<u32>(&header[0x180]),
                                              layout.size, layout.block_size));
  std::vector<u8> table(to_size(entries * sizeof(u32)));
  TRY(file->read(table_at, table));
  layout.table.resize(to_size(entries));
  for (std::size_t i = 0; i < layout.table.size(); ++i) {
    const u32 entry = load_le<u32>(&table[i * sizeof(u32)]);
    layout.table[i] = entry == DISCARDED ? BlockLayout::NOWHERE : entry;
  }
  return open_block_disk(std::move(file), std::move(layout));
}

}  // namespace canopy
