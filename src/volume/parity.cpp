#include "volume/parity.h"

#include <array>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace canopy {
namespace {

constexpr u8 twice(u8 value) {
  return static_cast<u8>((value << 1) ^ ((value & 0x80) != 0 ? 0x1d : 0));
}

struct Tables {
  std::array<u8, 255> power{};  // of 2
  std::array<u8, 256> log{};
};

constexpr Tables make_tables() {
  Tables tables;
  u8 value = 1;
  for (u32 i = 0; i < 255; ++i) {
    tables.power[i] = value;
    tables.log[value] = static_cast<u8>(i);
    value = twice(value);
  }
  return tables;
}

constexpr Tables TABLES = make_tables();

constexpr u8 power_of_two(u32 exponent) { return TABLES.power[exponent % 255]; }

// The table of multiplying by 2^exponent.
std::array<u8, 256> times_power(u32 exponent) {
  std::array<u8, 256> table{};
  for (u32 value = 1; value < 256; ++value)
    table[value] = power_of_two(TABLES.log[value] + exponent % 255);
  return table;
}

u32 inverse_exponent(u8 value) {
  CHECK(value != 0);
  return 255u - TABLES.log[value];
}

void add(MutableBytes to, Bytes from) {
  for (std::size_t i = 0; i < to.size(); ++i)
    to[i] = static_cast<u8>(to[i] ^ from[i]);
}

void clear(MutableBytes bytes) {
  if (!bytes.empty()) std::memset(bytes.data(), 0, bytes.size());
}

bool is_lost(std::span<const u32> lost, std::size_t column) {
  for (u32 index : lost)
    if (index == column) return true;
  return false;
}

// sum = the data columns that are not lost, each weighed by its power of 2 (Horner's rule).
void weighed_sum(MutableBytes sum, std::span<const MutableBytes> data, std::span<const u32> lost) {
  clear(sum);
  for (std::size_t column = data.size(); column-- > 0;) {
    for (u8& byte : sum)
      byte = twice(byte);
    if (!is_lost(lost, column)) add(sum, data[column]);
  }
}

void plain_sum(MutableBytes sum, std::span<const MutableBytes> data, std::span<const u32> lost) {
  clear(sum);
  for (std::size_t column = 0; column < data.size(); ++column)
    if (!is_lost(lost, column)) add(sum, data[column]);
}

}  // namespace

void compute_parity(std::span<const MutableBytes> columns, u32 parity) {
  CHECK(parity >= 1 && parity <= 2 && columns.size() > parity);
  auto data = columns.first(columns.size() - parity);
  plain_sum(columns[data.size()], data, {});
  if (parity == 2) weighed_sum(columns[data.size() + 1], data, {});
}

void rebuild_columns(std::span<const MutableBytes> columns, u32 parity, std::span<const u32> lost) {
  CHECK(parity >= 1 && parity <= 2 && columns.size() > parity && lost.size() <= parity);
  auto data = columns.first(columns.size() - parity);
  const std::size_t p = data.size();
  const std::size_t q = p + 1;
  u32 lost_data[2] = {};
  u32 count = 0;
  for (u32 index : lost)
    if (index < p) lost_data[count++] = index;
  if (count == 0) return;
  if (count == 2 && lost_data[0] > lost_data[1]) std::swap(lost_data[0], lost_data[1]);
  MutableBytes first = columns[lost_data[0]];

  if (count == 1 && !is_lost(lost, p)) {
    plain_sum(first, data, lost);
    add(first, columns[p]);
    return;
  }
  // What is lost of Q: the first column weighed, and of two also the second.
  weighed_sum(first, data, lost);
  add(first, columns[q]);
  if (count == 1) {
    const auto unweigh = times_power(255 - lost_data[0] % 255);
    for (u8& byte : first)
      byte = unweigh[byte];
    return;
  }
  // Dx + Dy = pxy and 2^x Dx + 2^y Dy = qxy give Dx = (2^y pxy + qxy) / (2^x + 2^y).
  MutableBytes second = columns[lost_data[1]];
  plain_sum(second, data, lost);
  add(second, columns[p]);
  const auto weigh_second = times_power(lost_data[1]);
  const auto divide = times_power(
      inverse_exponent(static_cast<u8>(power_of_two(lost_data[0]) ^ power_of_two(lost_data[1]))));
  for (std::size_t i = 0; i < first.size(); ++i) {
    first[i] = divide[weigh_second[second[i]] ^ first[i]];
    second[i] = static_cast<u8>(second[i] ^ first[i]);
  }
}

}  // namespace canopy
