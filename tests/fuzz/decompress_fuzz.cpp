// A compressed extent in any state: decompression stays within its buffers and ends. The first byte
// of the input chooses the method, the next two the room for the result.

#include "base/bytes.h"
#include "compress/decompress.h"

#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const canopy::u8* data, std::size_t size) {
  using namespace canopy;
  if (size < 3) return 0;
  const auto kind = compression_from(data[0] & 3).value();
  std::vector<u8> out(std::size_t{load_le<u16>(data + 1)} * 2);
  // In a vector of its own, so that a byte read too far is noticed.
  const std::vector<u8> in(data + 3, data + size);
  const auto got = decompress(kind, in, out, 4096);
  if (got.ok() && got.value() > out.size()) __builtin_trap();
  return 0;
}
