// The value of a Result that a test counts on; prints the error and ends the test program if there
// is none.
#pragma once

#include <cstdio>
#include <cstdlib>

#include "base/result.h"

namespace canopy {

template <typename T>
T must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "unexpected error: %s\n", result.error().to_string().c_str());
    std::abort();
  }
  return std::move(result).value();
}

inline void must(Result<void> result) {
  if (result.ok()) return;
  std::fprintf(stderr, "unexpected error: %s\n", result.error().to_string().c_str());
  std::abort();
}

// The text of the error, "" if there is none.
template <typename T>
std::string error_text(const Result<T>& result) {
  return result.ok() ? std::string() : result.error().to_string();
}

}  // namespace canopy
