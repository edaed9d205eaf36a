#include "container/qcow2.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/bytes.h"
#include "container/big_endian.h"
#include "container/disk_in_blocks.h"
#include "container/kept_pieces.h"

namespace canopy {
namespace {

constexpr u32 MAGIC = 0x514649fbu;  // "QFI\xfb"
constexpr std::size_t HEADER_V2_SIZE = 72;
constexpr std::size_t HEADER_V3_SIZE = 104;
// QEMU's own bounds.
constexpr u32 MIN_CLUSTER_BITS = 9;
constexpr u32 MAX_CLUSTER_BITS = 21;
constexpr u64 MAX_L1_BYTES = u64{32} << 20;

constexpr u64 INCOMPATIBLE_DIRTY = 1u << 0;
constexpr u64 INCOMPATIBLE_CORRUPT = 1u << 1;
constexpr u64 INCOMPATIBLE_DATA_FILE = 1u << 2;
constexpr u64 INCOMPATIBLE_COMPRESSION_TYPE = 1u << 3;
constexpr u64 INCOMPATIBLE_EXTENDED_L2 = 1u << 4;

constexpr u64 OFFSET_MASK = 0x00fffffffffffe00u;  // of an entry of a table
constexpr u64 ENTRY_ZERO = 1u << 0;
constexpr u64 ENTRY_COMPRESSED = u64{1} << 62;

struct Layout {
  u32 cluster_bits = 0;
  u64 size = 0;
  bool zstd = false;

  u64 cluster_size() const { return u64{1} << cluster_bits; }
  u64 entries_of_l2() const { return cluster_size() / sizeof(u64); }
};

class Qcow2 final : public DiskInBlocks {
 public:
  Qcow2(std::unique_ptr<Device> file, const Layout& layout, std::vector<u64> l1)
      : DiskInBlocks(std::move(file), layout.size, layout.cluster_size()),
        layout_(layout),
        l1_(std::move(l1)),
        tables_(layout.cluster_size()),
        clusters_(layout.cluster_size()) {}

 private:
  Error bad(const char* what, u64 cluster) const {
    return error(Code::corrupt, "{}: QCOW2: {} of cluster {}", name(), what, cluster);
  }

  Result<void> read_block(u64 cluster, u64 in_cluster, MutableBytes out) override {
    const u64 entry = TRY(find_entry(cluster));
    if ((entry & ENTRY_COMPRESSED) != 0) return read_compressed(cluster, entry, in_cluster, out);
    const u64 at = entry & OFFSET_MASK;
    if (at == 0 || (entry & ENTRY_ZERO) != 0) {
      std::ranges::fill(out, u8{0});
      return {};
    }
    if (at % layout_.cluster_size() != 0) return bad("the place", cluster);
    return file().read(at + in_cluster, out);
  }

  Result<u64> find_entry(u64 cluster) {
    const u64 in_l1 = cluster / layout_.entries_of_l2();
    const u64 l2 = in_l1 < l1_.size() ? l1_[static_cast<std::size_t>(in_l1)] & OFFSET_MASK : 0;
    if (l2 == 0) return u64{0};
    if (l2 % layout_.cluster_size() != 0) return bad("the L2 table", cluster);
    std::scoped_lock hold(mutex_);
    const std::vector<u8>* table = tables_.find(l2);
    if (table == nullptr) {
      std::vector<u8> bytes(static_cast<std::size_t>(layout_.cluster_size()));
      TRY(file().read(l2, bytes));
      table = tables_.add(l2, std::move(bytes));
    }
    const auto slot = static_cast<std::size_t>(cluster % layout_.entries_of_l2());
    return load_be<u64>(table->data() + slot * sizeof(u64));
  }

  Result<void> read_compressed(u64 cluster, u64 entry, u64 in_cluster, MutableBytes out) {
    const u32 offset_bits = 62 - (layout_.cluster_bits - 8);
    const u64 at = entry & ((u64{1} << offset_bits) - 1);
    const u64 sectors = (entry & (ENTRY_COMPRESSED - 1)) >> offset_bits;
    if (at >= file().size_bytes()) return bad("the place", cluster);
    // The last sector may reach over the end of the file.
    const u64 length = std::min((sectors + 1) * 512 - at % 512, file().size_bytes() - at);
    std::scoped_lock hold(mutex_);
    const std::vector<u8>* bytes = clusters_.find(at);
    if (bytes == nullptr) {
      std::vector<u8> packed(static_cast<std::size_t>(length));
      TRY(file().read(at, packed));
      std::vector<u8> unpacked(static_cast<std::size_t>(layout_.cluster_size()));
      if (!(layout_.zstd ? unpack_zstd(packed, unpacked) : unpack_deflate(packed, unpacked)))
        return bad("the compressed data", cluster);
      bytes = clusters_.add(at, std::move(unpacked));
    }
    std::memcpy(out.data(), bytes->data() + in_cluster, out.size());
    return {};
  }

  // What follows the data in the last sector is no part of them.
  static bool unpack_deflate(Bytes packed, MutableBytes out) {
    z_stream stream{};
    constexpr int raw_window = -15;
    if (inflateInit2(&stream, raw_window) != Z_OK) return false;
    stream.next_in = const_cast<Bytef*>(packed.data());  // NOLINT: zlib does not write to it
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_FINISH);
    const bool whole = stream.avail_out == 0 && (result == Z_STREAM_END || result == Z_BUF_ERROR);
    inflateEnd(&stream);
    return whole;
  }

  static bool unpack_zstd(Bytes packed, MutableBytes out) {
    const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                            ZSTD_freeDStream);
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    while (to.pos < to.size) {
      const std::size_t before = in.pos + to.pos;
      const std::size_t left = ZSTD_decompressStream(stream.get(), &to, &in);
      if (ZSTD_isError(left) != 0 || in.pos + to.pos == before) return false;
    }
    return true;
  }

  const Layout layout_;
  const std::vector<u64> l1_;
  std::mutex mutex_;  // of what follows
  KeptPieces tables_;
  KeptPieces clusters_;
};

Result<void> check_features(Device& file, const std::vector<u8>& header, u32 version) {
  auto refuse = [&](const std::string& what) {
    return error(Code::unsupported,
                 "{}: QCOW2 image {}; `qemu-img convert` makes one that can be read", file.name(),
                 what);
  };
  const u64 backing = load_be<u64>(&header[8]);
  if (backing != 0) {
    const u32 length = std::min(load_be<u32>(&header[16]), u32{1023});
    std::vector<u8> path(length);
    const bool readable = file.read(backing, path).ok();
    return refuse(fmt::format("with a backing file ({})",
                              readable ? as_text(path) : std::string_view("unreadable name")));
  }
  if (load_be<u32>(&header[32]) != 0) return refuse("that is encrypted");
  if (version < 3) return {};
  const u64 features = load_be<u64>(&header[72]);
  if ((features & INCOMPATIBLE_DATA_FILE) != 0) return refuse("with an external data file");
  if ((features & INCOMPATIBLE_EXTENDED_L2) != 0) return refuse("with extended L2 entries");
  const u64 known = INCOMPATIBLE_DIRTY | INCOMPATIBLE_CORRUPT | INCOMPATIBLE_COMPRESSION_TYPE;
  if ((features & ~known) != 0)
    return refuse(fmt::format("with unknown features {:#x}", features & ~known));
  return {};
}

Result<Layout> read_layout(Device& file, const std::vector<u8>& header, u32 version) {
  auto bad = [&](std::string_view why) {
    return error(Code::corrupt, "{}: QCOW2 header: {}", file.name(), why);
  };
  Layout layout;
  layout.cluster_bits = load_be<u32>(&header[20]);
  layout.size = load_be<u64>(&header[24]);
  if (layout.cluster_bits < MIN_CLUSTER_BITS || layout.cluster_bits > MAX_CLUSTER_BITS)
    return bad(fmt::format("clusters of 2^{} bytes", layout.cluster_bits));
  if (version >= 3 && (load_be<u64>(&header[72]) & INCOMPATIBLE_COMPRESSION_TYPE) != 0) {
    const u8 type = load_be<u32>(&header[100]) > HEADER_V3_SIZE ? header[104] : 0;
    if (type > 1) return bad(fmt::format("compression type {}", type));
    layout.zstd = type == 1;
  }
  return layout;
}

}  // namespace

bool is_qcow2(Bytes first_bytes) {
  return first_bytes.size() >= 4 && load_be<u32>(first_bytes.data()) == MAGIC;
}

Result<std::unique_ptr<Device>> open_qcow2(std::unique_ptr<Device> file) {
  auto bad = [&](std::string_view why) {
    return error(Code::corrupt, "{}: QCOW2 header: {}", file->name(), why);
  };
  std::vector<u8> header(HEADER_V3_SIZE + 8);
  if (file->size_bytes() < HEADER_V2_SIZE) return bad("cut short");
  const u64 there = std::min<u64>(header.size(), file->size_bytes());
  TRY(file->read(0, MutableBytes(header).first(static_cast<std::size_t>(there))));
  const u32 version = load_be<u32>(&header[4]);
  if (version < 2 || version > 3)
    return error(Code::unsupported, "{}: QCOW2 version {}", file->name(), version);
  TRY(check_features(*file, header, version));
  const Layout layout = TRY(read_layout(*file, header, version));
  const u64 l1_entries = load_be<u32>(&header[36]);
  const u64 l1_at = load_be<u64>(&header[40]);
  const u64 per_entry = layout.cluster_size() * layout.entries_of_l2();
  if (l1_entries * sizeof(u64) > MAX_L1_BYTES) return bad("its L1 table is too large");
  if (layout.size / per_entry + (layout.size % per_entry != 0 ? 1 : 0) > l1_entries)
    return bad(
        fmt::format("an L1 table of {} entries for a disk of {} bytes", l1_entries, layout.size));
  std::vector<u8> table(static_cast<std::size_t>(l1_entries * sizeof(u64)));
  TRY(file->read(l1_at, table));
  std::vector<u64> l1(static_cast<std::size_t>(l1_entries));
  for (std::size_t i = 0; i < l1.size(); ++i)
    l1[i] = load_be<u64>(&table[i * sizeof(u64)]);
  return std::unique_ptr<Device>(std::make_unique<Qcow2>(std::move(file), layout, std::move(l1)));
}

}  // namespace canopy
