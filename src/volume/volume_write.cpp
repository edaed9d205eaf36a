// Writing logical addresses: all copies, and of parity profiles the parity of every row touched;
// and discarding them.
#include <algorithm>
#include <cstring>

#include "ondisk/superblock.h"
#include "volume/parity.h"
#include "volume/volume.h"

namespace canopy {
namespace {

Error missing(u64 devid, u64 logical) {
  return error(Code::io, "device {} of the filesystem is missing", devid).at(logical);
}

// The part of one row of a parity chunk that lies `in_stripe` bytes into each of its stripes.
struct RowPart {
  const ChunkMapping& chunk;
  u64 row;
  u64 in_stripe;
  u64 length;

  // Data columns come first, then P and Q; all turn by one device with every row.
  const ChunkStripe& stripe(u64 column) const {
    return chunk.stripes[(row + column) % chunk.stripes.size()];
  }
  u64 physical(u64 column) const { return stripe(column).physical + row * STRIPE_LEN + in_stripe; }
};

// Writes `bytes` to a data column and brings the parity of the row up to date. The other data
// columns are read as they are on their devices.
Result<void> write_row_part(const Volume& volume, const RowPart& part, u64 column, Bytes bytes) {
  u64 count = part.chunk.stripes.size();
  u64 data_columns = part.chunk.data_stripes();
  std::vector<u8> buffer(static_cast<std::size_t>(count * part.length));
  std::vector<MutableBytes> columns;
  for (u64 i = 0; i < count; ++i) {
    Device* device = volume.device(part.stripe(i).devid);
    if (device == nullptr) return missing(part.stripe(i).devid, part.chunk.logical);
    columns.push_back(MutableBytes(buffer).subspan(static_cast<std::size_t>(i * part.length),
                                                   static_cast<std::size_t>(part.length)));
    if (i == column) {
      std::memcpy(columns.back().data(), bytes.data(), bytes.size());
    } else if (i < data_columns) {
      TRY(device->read(part.physical(i), columns.back()));
    }
  }
  compute_parity(columns, part.chunk.profile->parity);
  for (u64 i = 0; i < count; ++i)
    if (i == column || i >= data_columns)
      TRY(volume.device(part.stripe(i).devid)
              ->write(part.physical(i), columns[static_cast<std::size_t>(i)]));
  return {};
}

Result<void> write_with_parity(const Volume& volume, const ChunkMapping& chunk, u64 logical,
                               Bytes bytes) {
  while (!bytes.empty()) {
    u64 offset = logical - chunk.logical;
    u64 stripe_nr = offset / STRIPE_LEN;
    u64 take = std::min<u64>(bytes.size(), STRIPE_LEN - offset % STRIPE_LEN);
    RowPart part{chunk, stripe_nr / chunk.data_stripes(), offset % STRIPE_LEN, take};
    auto now = static_cast<std::size_t>(take);
    TRY(write_row_part(volume, part, stripe_nr % chunk.data_stripes(), bytes.first(now)));
    bytes = bytes.subspan(now);
    logical += take;
  }
  return {};
}

// Leaves superblocks out.
Result<void> discard_on_device(Device& device, u64 start, u64 end) {
  for (u64 offset : SUPER_OFFSETS) {
    if (end <= offset || offset + SUPER_INFO_SIZE <= start) continue;
    if (start < offset) TRY(device.discard(start, offset - start));
    start = std::min(offset + SUPER_INFO_SIZE, end);
  }
  return start < end ? device.discard(start, end - start) : Result<void>();
}

}  // namespace

Result<void> Volume::discard(u64 logical, u64 length) const {
  auto chunk = chunks_.find(logical);
  if (chunk == nullptr) return error(Code::corrupt, "no chunk maps this address").at(logical);
  if (chunk->profile->parity > 0) return {};
  for (u32 mirror = 1; mirror <= chunk->profile->copies; ++mirror)
    for (const PhysicalRange& range : TRY(map(logical, length, mirror)))
      if (range.device != nullptr)
        TRY(discard_on_device(*range.device, range.physical, range.physical + range.length));
  return {};
}

Result<void> Volume::discard_chunk(const ChunkMapping& chunk) const {
  for (const ChunkStripe& stripe : chunk.stripes)
    if (Device* at = device(stripe.devid))
      TRY(discard_on_device(*at, stripe.physical, stripe.physical + chunk.stripe_length()));
  return {};
}

Result<void> Volume::write(u64 logical, Bytes bytes) const {
  auto chunk = chunks_.find(logical);
  if (chunk == nullptr) return error(Code::corrupt, "no chunk maps this address").at(logical);
  CHECK(bytes.size() <= chunk->end() - logical);
  if (chunk->profile->parity > 0) return write_with_parity(*this, *chunk, logical, bytes);
  for (u32 mirror = 1; mirror <= chunk->profile->copies; ++mirror) {
    Bytes rest = bytes;
    for (const PhysicalRange& range : TRY(map(logical, bytes.size(), mirror))) {
      if (range.device == nullptr) return missing(range.devid, logical);
      auto length = static_cast<std::size_t>(range.length);
      TRY(range.device->write(range.physical, rest.first(length)));
      rest = rest.subspan(length);
    }
  }
  return {};
}

}  // namespace canopy
