// SHA-256 of bytes that come in pieces, for results that are never in memory as a whole.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/types.h"

namespace canopy {

class Sha256 {
 public:
  static constexpr std::size_t size = 32;

  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(Bytes bytes);
  // To be called once, after the last update.
  std::array<u8, size> finish();
  // The same in hex.
  std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace canopy
