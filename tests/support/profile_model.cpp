#include "support/profile_model.h"

#include <array>

#include "base/check.h"

namespace canopy {
namespace {

u32 parities(u64 profile) {
  return profile == BLOCK_GROUP_RAID5 ? 1 : profile == BLOCK_GROUP_RAID6 ? 2 : 0;
}

// Multiplication in the field of 256 elements of the polynomial x^8 + x^4 + x^3 + x^2 + 1, bit by
// bit.
u8 multiply(u8 a, u8 b) {
  unsigned product = 0;
  unsigned shifted = a;
  for (; b != 0; b = static_cast<u8>(b >> 1)) {
    if ((b & 1) != 0) product ^= shifted;
    shifted <<= 1;
    if ((shifted & 0x100) != 0) shifted ^= 0x11d;
  }
  return static_cast<u8>(product);
}

}  // namespace

u32 model_data_stripes(u64 profile, u32 stripes) {
  switch (profile) {
    case BLOCK_GROUP_RAID0:
      return stripes;
    case BLOCK_GROUP_RAID10:
      return stripes / 2;
    case BLOCK_GROUP_RAID5:
    case BLOCK_GROUP_RAID6:
      return stripes - parities(profile);
    default:
      return 1;
  }
}

std::vector<ModelPlace> model_places(u64 profile, u32 stripes, u64 offset) {
  const u32 columns = model_data_stripes(profile, stripes);
  const u64 piece = offset / 65536;
  const u64 row = piece / columns;
  const auto column = static_cast<u32>(piece % columns);
  const u64 place = row * 65536 + offset % 65536;
  switch (profile) {
    case BLOCK_GROUP_RAID0:
      return {{column, place}};
    case BLOCK_GROUP_RAID10:
      return {{2 * column, place}, {2 * column + 1, place}};
    case BLOCK_GROUP_RAID5:
    case BLOCK_GROUP_RAID6:
      return {{static_cast<u32>((column + row) % stripes), place}};
    default:
      break;
  }
  std::vector<ModelPlace> copies;
  for (u32 stripe = 0; stripe < stripes; ++stripe)
    copies.push_back({stripe, offset});
  return copies;
}

void model_write_parity(u64 profile, const std::vector<MutableBytes>& disks) {
  const u32 parity = parities(profile);
  CHECK(parity > 0);
  const std::size_t stripes = disks.size();
  const std::size_t columns = stripes - parity;
  // products[column][byte]: the byte times 2 to the power of the column.
  std::vector<std::array<u8, 256>> products(columns);
  u8 weight = 1;
  for (auto& of_column : products) {
    for (unsigned byte = 0; byte < 256; ++byte)
      of_column[byte] = multiply(weight, static_cast<u8>(byte));
    weight = multiply(weight, 2);
  }
  for (std::size_t at = 0; at < disks[0].size(); ++at) {
    const std::size_t row = at / 65536;
    u8 p = 0;
    u8 q = 0;
    for (std::size_t column = 0; column < columns; ++column) {
      u8 byte = disks[(row + column) % stripes][at];
      p = static_cast<u8>(p ^ byte);
      q = static_cast<u8>(q ^ products[column][byte]);
    }
    disks[(row + columns) % stripes][at] = p;
    if (parity == 2) disks[(row + columns + 1) % stripes][at] = q;
  }
}

}  // namespace canopy
