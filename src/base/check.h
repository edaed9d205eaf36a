// CHECK: our own mistakes, never the image's. Always on, in every build. What an image says is
// hostile input and is answered with an Error (result.h), not with a CHECK.
#pragma once

namespace canopy {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace canopy

#define CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::canopy::check_failed(#condition, __FILE__, __LINE__))
