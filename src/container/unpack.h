// Images that were compressed as a whole: .gz, .zst, .xz. They can only be read from the front, so
// they are unpacked into memory, of which only what is not zero takes any.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "device/unpacked_image.h"

namespace canopy {

enum class Packing : u8 { none, gzip, zstd, xz };

// By the first bytes.
Packing packing_of(Bytes first_bytes);

struct UnpackLimits {
  u64 most_held = u64{8} << 30;    // bytes that are not zero
  u64 most_bytes = u64{16} << 40;  // in all: a small file can stand for a very long one
  // Called now and then with how much of the packed file was read; false ends it.
  std::function<bool(u64 done, u64 total)> progress = nullptr;
};

// Unpacks a whole device that is packed. Errors: Code::corrupt if it does not unpack or ends in the
// middle, Code::no_space beyond a limit or if memory is short, Code::cancelled.
Result<std::unique_ptr<Device>> unpack(Device& packed, Packing packing, const UnpackLimits& limits);

// The first bytes of what the device becomes, `wanted` of them if there are so many. Errors: as of
// unpack().
Result<std::vector<u8>> unpack_head(Device& packed, Packing packing, std::size_t wanted);

// One packing: takes the packed bytes in pieces and gives out what they become.
class Unpacker {
 public:
  using Take = std::function<Result<void>(Bytes unpacked)>;

  virtual ~Unpacker() = default;
  virtual Result<void> feed(Bytes packed, const Take& take) = 0;
  // Nothing more comes: whether it was whole.
  virtual bool finish() = 0;
};

// unpack_xz.cpp
std::unique_ptr<Unpacker> make_xz_unpacker();

}  // namespace canopy
