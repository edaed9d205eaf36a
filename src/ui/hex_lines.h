// Bytes as lines of text.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"

namespace canopy::ui {

// "00000010  68 65 6c 6c 6f 0a                                 hello."; `address` is that of the
// first byte.
std::vector<std::string> hex_lines(Bytes bytes, u64 address, std::size_t per_line);

}  // namespace canopy::ui
