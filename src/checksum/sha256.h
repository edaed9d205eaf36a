// SHA-256 by the instructions of x86, which are about six times as fast as the library. Others hash
// with the library (checksum.cpp).
#pragma once

#include "base/types.h"

namespace canopy {

bool sha256_x86_available();
// Writes the 32 bytes of the hash to `out`. REQUIRES: sha256_x86_available().
void sha256_x86(Bytes bytes, u8* out);

}  // namespace canopy
