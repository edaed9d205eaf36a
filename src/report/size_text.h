// Sizes as btrfs-progs prints them: "16.00KiB".
#pragma once

#include <string>

#include "base/types.h"

namespace canopy {

std::string size_text(u64 bytes);

}  // namespace canopy
