// Little-endian integers as they lie in bytes: a wrapper type for the fields of on-disk structs
// (alignment 1, converts by itself), and loads and stores at any address.
#pragma once

#include <bit>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "base/types.h"

namespace canopy {

template <typename T>
constexpr T to_little_endian(T value) {
  if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) {
    return value;
  } else if constexpr (sizeof(T) == 2) {
    return static_cast<T>(__builtin_bswap16(static_cast<u16>(value)));
  } else if constexpr (sizeof(T) == 4) {
    return static_cast<T>(__builtin_bswap32(static_cast<u32>(value)));
  } else {
    return static_cast<T>(__builtin_bswap64(static_cast<u64>(value)));
  }
}

template <typename T>
T load_le(const u8* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return to_little_endian(value);
}

template <typename T>
void store_le(u8* bytes, T value) {
  value = to_little_endian(value);
  std::memcpy(bytes, &value, sizeof value);
}

// An integer field of an on-disk struct.
template <typename T>
class LittleEndian {
 public:
  LittleEndian() = default;
  LittleEndian(T value) { store_le(bytes_, value); }
  operator T() const { return load_le<T>(bytes_); }
  T value() const { return load_le<T>(bytes_); }

 private:
  u8 bytes_[sizeof(T)] = {};
};

using le16 = LittleEndian<u16>;
using le32 = LittleEndian<u32>;
using le64 = LittleEndian<u64>;

// Copies an on-disk struct out of bytes. REQUIRES: bytes.size() >= offset + sizeof(T); whoever
// made the bytes a checked block has seen to that.
template <typename T>
T load_struct(Bytes bytes, std::size_t offset = 0) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 1);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <typename T>
Bytes as_bytes(const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 1);
  return Bytes(reinterpret_cast<const u8*>(&value), sizeof value);
}

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

}  // namespace canopy
