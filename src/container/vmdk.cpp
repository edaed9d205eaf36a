// Disks of VMware in one file. All numbers have their lowest byte first; places and lengths are
// counted in sectors.
//
//   header     0 "KDMV" | 4 version | 8 flags | 12 size of the disk | 20 of a grain
//              28 place and 36 length of the descriptor (text) | 44 entries of a table
//              56 place of the directory; -1: the header to go by is the one at the end of the file
//   directory  place of each table; 0: nothing there
//   table      place of each grain; 0: zeros, 1: zeros as well, where a flag says so
//   grain      the bytes, or, compressed: u64 its first sector | u32 length | zlib
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/bytes.h"
#include "container/block_disk.h"
#include "container/disk_in_blocks.h"
#include "container/kept_pieces.h"
#include "container/virtual_disk.h"

namespace canopy {
namespace {

constexpr u32 MAGIC = 0x564d444bu;  // "KDMV"
constexpr std::size_t HEADER_SIZE = 512;
constexpr u64 SECTOR = 512;
constexpr u32 FLAG_ZERO_GRAINS = 1u << 2;
constexpr u32 FLAG_COMPRESSED = 1u << 16;
constexpr u64 AT_THE_END = ~u64{0};
constexpr u64 FOOTER_FROM_END = 2 * SECTOR;
constexpr u64 MAX_GRAIN_SECTORS = u64{1} << 12;
constexpr u64 MAX_DESCRIPTOR_BYTES = u64{64} << 10;
constexpr u32 MOST_ENTRIES_OF_TABLE = 1u << 16;
// Beyond any place that can be counted in 32 bits of sectors.
constexpr u64 MOST_SECTORS = u64{1} << 44;

struct Layout {
  u32 flags = 0;
  u64 size = 0;        // bytes of the disk
  u64 grain_size = 0;  // bytes
  u64 entries_of_table = 0;
  u64 directory_at = 0;  // bytes
  u64 directory_entries = 0;

  bool is_compressed() const { return (flags & FLAG_COMPRESSED) != 0; }
};

class Vmdk final : public DiskInBlocks {
 public:
  Vmdk(std::unique_ptr<Device> file, const Layout& layout, std::vector<u32> directory)
      : DiskInBlocks(std::move(file), layout.size, layout.grain_size),
        layout_(layout),
        directory_(std::move(directory)),
        tables_(layout.entries_of_table * sizeof(u32)),
        grains_(layout.grain_size) {}

 private:
  Error bad(const char* what, u64 grain) const {
    return error(Code::corrupt, "{}: VMDK: {} of grain {}", name(), what, grain);
  }

  Result<void> read_block(u64 grain, u64 in_grain, MutableBytes out) override {
    const u64 sector = TRY(find_entry(grain));
    if (sector == 0 || (sector == 1 && (layout_.flags & FLAG_ZERO_GRAINS) != 0)) {
      std::ranges::fill(out, u8{0});
      return {};
    }
    if (layout_.is_compressed()) return read_compressed(grain, sector * SECTOR, in_grain, out);
    return file().read(sector * SECTOR + in_grain, out);
  }

  Result<u64> find_entry(u64 grain) {
    const u64 table_at = directory_[to_size(grain / layout_.entries_of_table)] * SECTOR;
    if (table_at == 0) return u64{0};
    std::scoped_lock hold(mutex_);
    const std::vector<u8>* table = tables_.find(table_at);
    if (table == nullptr) {
      std::vector<u8> bytes(to_size(layout_.entries_of_table * sizeof(u32)));
      TRY(file().read(table_at, bytes));
      table = tables_.add(table_at, std::move(bytes));
    }
    return u64{
        load_le<u32>(table->data() + to_size(grain % layout_.entries_of_table) * sizeof(u32))};
  }

  Result<void> read_compressed(u64 grain, u64 at, u64 in_grain, MutableBytes out) {
    std::scoped_lock hold(mutex_);
    const std::vector<u8>* bytes = grains_.find(at);
    if (bytes == nullptr) {
      u8 head[12];
      TRY(file().read(at, head));
      const u64 length = load_le<u32>(&head[8]);
      if (length == 0 || length > 2 * layout_.grain_size + SECTOR) return bad("the length", grain);
      std::vector<u8> packed(to_size(length));
      TRY(file().read(at + sizeof head, packed));
      std::vector<u8> unpacked(to_size(layout_.grain_size));
      uLongf size = static_cast<uLongf>(unpacked.size());
      // The last grain of a disk may be shorter.
      if (uncompress(unpacked.data(), &size, packed.data(), static_cast<uLong>(length)) != Z_OK)
        return bad("the compressed data", grain);
      bytes = grains_.add(at, std::move(unpacked));
    }
    std::memcpy(out.data(), bytes->data() + in_grain, out.size());
    return {};
  }

  const Layout layout_;
  const std::vector<u32> directory_;
  std::mutex mutex_;  // of what follows
  KeptPieces tables_;
  KeptPieces grains_;
};

Result<std::vector<u8>> read_header(Device& file) {
  std::vector<u8> header(HEADER_SIZE);
  TRY(file.read(0, header));
  if (load_le<u64>(&header[56]) != AT_THE_END) return header;
  if (file.size_bytes() < FOOTER_FROM_END)
    return error(Code::corrupt, "{}: VMDK without a footer", file.name());
  TRY(file.read(file.size_bytes() - FOOTER_FROM_END, header));
  if (!is_vmdk(header)) return error(Code::corrupt, "{}: VMDK without a footer", file.name());
  return header;
}

Result<void> check_descriptor(Device& file, Bytes header) {
  const u64 at = load_le<u64>(&header[28]);
  const u64 length = load_le<u64>(&header[36]);
  if (at == 0 || at > MOST_SECTORS || length > MOST_SECTORS) return {};
  if (at * SECTOR > file.size_bytes()) return {};
  std::vector<u8> bytes(
      to_size(std::min({length * SECTOR, MAX_DESCRIPTOR_BYTES, file.size_bytes() - at * SECTOR})));
  TRY(file.read(at * SECTOR, bytes));
  const std::string_view text = as_text(bytes);
  if (text.find("parentFileNameHint") != text.npos)
    return error(Code::unsupported, "{}: VMDK that holds only the difference to another image",
                 file.name());
  return {};
}

Result<Layout> read_layout(const Device& file, Bytes header) {
  auto bad = [&](const std::string& why) {
    return error(Code::corrupt, "{}: VMDK header: {}", file.name(), why);
  };
  const u32 version = load_le<u32>(&header[4]);
  if (version < 1 || version > 3)
    return error(Code::unsupported, "{}: VMDK version {}", file.name(), version);
  Layout layout;
  layout.flags = load_le<u32>(&header[8]);
  const u64 sectors = load_le<u64>(&header[12]);
  const u64 grain_sectors = load_le<u64>(&header[20]);
  const u64 directory_sector = load_le<u64>(&header[56]);
  layout.entries_of_table = load_le<u32>(&header[44]);
  if (grain_sectors == 0 || grain_sectors > MAX_GRAIN_SECTORS)
    return bad(fmt::format("grains of {} sectors", grain_sectors));
  if (layout.entries_of_table == 0 || layout.entries_of_table > MOST_ENTRIES_OF_TABLE)
    return bad(fmt::format("tables of {} entries", layout.entries_of_table));
  if (sectors > MOST_SECTORS || directory_sector > MOST_SECTORS)
    return bad(fmt::format("{} sectors, the directory at {}", sectors, directory_sector));
  layout.size = sectors * SECTOR;
  layout.grain_size = grain_sectors * SECTOR;
  layout.directory_at = directory_sector * SECTOR;
  const u64 per_table = layout.grain_size * layout.entries_of_table;
  layout.directory_entries =
      TRY(block_table_entries(file, "VMDK", layout.directory_at, ~u64{0}, layout.size, per_table));
  return layout;
}

}  // namespace

bool is_vmdk(Bytes first_bytes) {
  return first_bytes.size() >= 4 && load_le<u32>(first_bytes.data()) == MAGIC;
}

Result<std::unique_ptr<Device>> open_vmdk(std::unique_ptr<Device> file) {
  const std::vector<u8> header = TRY(read_header(*file));
  TRY(check_descriptor(*file, header));
  const Layout layout = TRY(read_layout(*file, header));
  std::vector<u8> bytes(to_size(layout.directory_entries * sizeof(u32)));
  TRY(file->read(layout.directory_at, bytes));
  std::vector<u32> directory(to_size(layout.directory_entries));
  for (std::size_t i = 0; i < directory.size(); ++i)
    directory[i] = load_le<u32>(&bytes[i * sizeof(u32)]);
  return std::unique_ptr<Device>(
      std::make_unique<Vmdk>(std::move(file), layout, std::move(directory)));
}

}  // namespace canopy
