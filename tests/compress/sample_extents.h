// Compressed extents for tests and benchmarks, made with the compressors of the libraries.
#pragma once

#include <vector>

#include "base/types.h"
#include "compress/decompress.h"

namespace canopy {

// Words and numbers, which compress to about a third.
std::vector<u8> text_of(std::size_t size, u64 seed);

// `data` compressed, without padding; sectors of 4 KiB.
std::vector<u8> extent_of(Compression kind, Bytes data);
// The framing of LZO, written from its description and not with the code under test.
std::vector<u8> lzo_extent(Bytes data, u32 sector);

}  // namespace canopy
