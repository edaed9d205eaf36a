#include "checksum/crc32c.h"

#include <array>
#include <bit>

#include "base/bytes.h"

namespace canopy {
namespace {

// The Castagnoli polynomial in reflected order: bit 31 of a remainder is the coefficient of x^0.
constexpr u32 polynomial = 0x82f63b78u;

constexpr u32 multiply_by_x(u32 crc) { return (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0); }

constexpr u32 multiply(u32 a, u32 b) {
  u32 product = 0;
  for (u32 bit = 1u << 31; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = multiply_by_x(b);
  }
  return product;
}

// table[k][v]: the remainder of byte v followed by k zero bytes.
using ByteTables = std::array<std::array<u32, 256>, 16>;

constexpr ByteTables make_byte_tables() {
  ByteTables tables{};
  for (u32 value = 0; value < 256; ++value) {
    u32 crc = value;
    for (int bit = 0; bit < 8; ++bit)
      crc = multiply_by_x(crc);
    tables[0][value] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (u32 value = 0; value < 256; ++value) {
      const u32 before = tables[k - 1][value];
      tables[k][value] = (before >> 8) ^ tables[0][before & 255];
    }
  }
  return tables;
}

constexpr ByteTables byte_tables = make_byte_tables();

// Multiplication by x^(8 * 2^k), a nibble at a time. The order of x is 2^31 - 1, hence x^(2^31) is
// x and the operators of k and of k + 31 are the same.
constexpr std::size_t operator_count = 31;
using ZeroOperator = std::array<std::array<u32, 16>, 8>;

constexpr std::array<ZeroOperator, operator_count> make_zero_operators() {
  std::array<ZeroOperator, operator_count> operators{};
  u32 power = 1u << (31 - 8);  // x^8
  for (ZeroOperator& zeros : operators) {
    u32 column = power;  // that of the coefficient of x^0, which is the highest bit
    std::array<u32, 32> columns{};
    for (std::size_t bit = 32; bit-- > 0; column = multiply_by_x(column))
      columns[bit] = column;
    for (std::size_t nibble = 0; nibble < 8; ++nibble) {
      for (std::size_t value = 0; value < 16; ++value) {
        for (std::size_t bit = 0; bit < 4; ++bit) {
          if ((value >> bit & 1) != 0) zeros[nibble][value] ^= columns[4 * nibble + bit];
        }
      }
    }
    power = multiply(power, power);
  }
  return operators;
}

constexpr std::array<ZeroOperator, operator_count> zero_operators = make_zero_operators();
static_assert([] {
  u32 power = 1u << (31 - 8);
  for (std::size_t k = 0; k < operator_count; ++k)
    power = multiply(power, power);
  return power;
}() == 1u << (31 - 8));

u32 apply(const ZeroOperator& zeros, u32 crc) {
  u32 result = 0;
  for (std::size_t nibble = 0; nibble < 8; ++nibble) {
    result ^= zeros[nibble][crc >> (4 * nibble) & 15];
  }
  return result;
}

using Update = u32 (*)(u32, Bytes);

Update choose_update() {
  if (crc32c_internal::x86_available()) return crc32c_internal::update_x86;
  return crc32c_internal::update_sparse;
}

}  // namespace

u32 crc32c_internal::update_by_table(u32 crc, Bytes bytes) {
  const u8* p = bytes.data();
  std::size_t left = bytes.size();
  const ByteTables& t = byte_tables;
  for (; left >= 16; left -= 16, p += 16) {
    const u64 a = load_le<u64>(p) ^ crc;
    const u64 b = load_le<u64>(p + 8);
    crc = t[15][a & 255] ^ t[14][a >> 8 & 255] ^ t[13][a >> 16 & 255] ^ t[12][a >> 24 & 255] ^
          t[11][a >> 32 & 255] ^ t[10][a >> 40 & 255] ^ t[9][a >> 48 & 255] ^ t[8][a >> 56] ^
          t[7][b & 255] ^ t[6][b >> 8 & 255] ^ t[5][b >> 16 & 255] ^ t[4][b >> 24 & 255] ^
          t[3][b >> 32 & 255] ^ t[2][b >> 40 & 255] ^ t[1][b >> 48 & 255] ^ t[0][b >> 56];
  }
  for (; left > 0; --left, ++p)
    crc = (crc >> 8) ^ t[0][(crc ^ *p) & 255];
  return crc;
}

u32 crc32c_raw(u32 seed, Bytes bytes) {
  static const Update update = choose_update();
  return update(seed, bytes);
}

u32 crc32c_append_zeros(u32 crc, u64 length) {
  for (; length != 0; length &= length - 1) {
    const auto k = static_cast<std::size_t>(std::countr_zero(length));
    crc = apply(zero_operators[k % operator_count], crc);
  }
  return crc;
}

Crc32cSectors::Crc32cSectors(u32 sectorsize)
    : all_ones_shifted_(crc32c_append_zeros(~0u, sectorsize)) {
  for (u32 k = 0; k < 4; ++k) {
    for (u32 value = 0; value < 256; ++value) {
      table_[k][value] = crc32c_append_zeros(value << (8 * k), sectorsize);
    }
  }
}

}  // namespace canopy
