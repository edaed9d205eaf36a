// Disks of Virtual PC. All numbers have their highest byte first.
//
//   footer (the last 512 bytes; of disks that grow also the first)
//     0 "conectix" | 16 place of the header | 48 size of the disk | 60 type
//   header
//     0 "cxsparse" | 16 place of the table | 28 number of entries | 32 size of a block
//   block: a bitmap of its sectors in whole sectors, then its data. What was never written is zeros
//     there as well, so that the bitmap need not be looked at.
#include <algorithm>

#include "base/bytes.h"
#include "container/big_endian.h"
#include "container/block_disk.h"
#include "container/virtual_disk.h"
#include "device/device_part.h"

namespace canopy {
namespace {

constexpr std::string_view FOOTER_MAGIC = "conectix";
constexpr std::string_view HEADER_MAGIC = "cxsparse";
constexpr std::size_t FOOTER_SIZE = 512;
constexpr std::size_t HEADER_SIZE = 1024;
constexpr u64 SECTOR = 512;
constexpr u32 TYPE_FIXED = 2;
constexpr u32 TYPE_DYNAMIC = 3;
constexpr u32 TYPE_DIFFERENCE = 4;
constexpr u64 MAX_BLOCK_SIZE = u64{1} << 30;

// Of a fixed disk only the one at the end is there, of others that is the one which counts; the
// copy in front serves where the end is missing.
Result<std::vector<u8>> read_footer(Device& file) {
  std::vector<u8> footer(FOOTER_SIZE);
  if (file.size_bytes() >= FOOTER_SIZE) {
    TRY(file.read(file.size_bytes() - FOOTER_SIZE, footer));
    if (as_text(footer).starts_with(FOOTER_MAGIC)) return footer;
    TRY(file.read(0, footer));
    if (as_text(footer).starts_with(FOOTER_MAGIC)) return footer;
  }
  return error(Code::corrupt, "{}: VHD without a footer", file.name());
}

Result<std::unique_ptr<Device>> open_dynamic(std::unique_ptr<Device> file, Bytes footer) {
  std::vector<u8> header(HEADER_SIZE);
  TRY(file->read(load_be<u64>(&footer[16]), header));
  if (!as_text(header).starts_with(HEADER_MAGIC))
    return error(Code::corrupt, "{}: VHD without a header at {}", file->name(),
                 load_be<u64>(&footer[16]));
  BlockLayout layout;
  layout.size = load_be<u64>(&footer[48]);
  layout.block_size = load_be<u32>(&header[32]);
  layout.unit = SECTOR;
  if (layout.block_size < SECTOR || layout.block_size > MAX_BLOCK_SIZE ||
      layout.block_size % SECTOR != 0)
    return error(Code::corrupt, "{}: VHD header: blocks of {} bytes", file->name(),
                 layout.block_size);
  const u64 bitmap_bytes = (layout.block_size / SECTOR + 7) / 8;
  layout.base = (bitmap_bytes + SECTOR - 1) / SECTOR * SECTOR;
  const u64 table_at = load_be<u64>(&header[16]);
  const u64 entries = TRY(block_table_entries(*file, "VHD", table_at, load_be<u32>(&header[28]),
                                              layout.size, layout.block_size));
  std::vector<u8> table(to_size(entries * sizeof(u32)));
  TRY(file->read(table_at, table));
  layout.table.resize(to_size(entries));
  for (std::size_t i = 0; i < layout.table.size(); ++i)
    layout.table[i] = load_be<u32>(&table[i * sizeof(u32)]);
  return open_block_disk(std::move(file), std::move(layout));
}

}  // namespace

bool is_dynamic_vhd(Bytes first_bytes) { return as_text(first_bytes).starts_with(FOOTER_MAGIC); }

bool is_fixed_vhd(Device& file) {
  std::vector<u8> footer(FOOTER_SIZE);
  return file.size_bytes() > FOOTER_SIZE &&
         file.read(file.size_bytes() - FOOTER_SIZE, footer).ok() &&
         as_text(footer).starts_with(FOOTER_MAGIC) && load_be<u32>(&footer[60]) == TYPE_FIXED;
}

Result<std::unique_ptr<Device>> open_vhd(std::unique_ptr<Device> file) {
  const std::vector<u8> footer = TRY(read_footer(*file));
  switch (const u32 type = load_be<u32>(&footer[60])) {
    case TYPE_FIXED: {
      const u64 size = std::min(load_be<u64>(&footer[48]), file->size_bytes() - FOOTER_SIZE);
      std::string name = file->name();
      return open_device_part(std::move(file), 0, size, std::move(name));
    }
    case TYPE_DYNAMIC:
      return open_dynamic(std::move(file), footer);
    case TYPE_DIFFERENCE:
      return error(Code::unsupported, "{}: VHD that holds only the difference to another image",
                   file->name());
    default:
      return error(Code::unsupported, "{}: VHD of type {}", file->name(), type);
  }
}

}  // namespace canopy
