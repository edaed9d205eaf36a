// Text as people read it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/types.h"

namespace canopy {

// "0f4b2a4e-8c1d-4d4b-9a53-3b0a4f1f2d11"
std::string uuid_text(std::span<const u8, 16> uuid);

// All zeros: there is none.
bool is_null_uuid(std::span<const u8, 16> uuid);

// Appends `text` with what would break a line escaped as in C ("\\n", "\\ "), and other bytes that
// cannot be printed as three octal digits: how btrfs-progs prints names.
void append_escaped(std::string_view text, std::string& out);
std::string escaped(std::string_view text);

}  // namespace canopy
