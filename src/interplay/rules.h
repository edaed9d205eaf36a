// Who may run beside whom, as kernels of different ages had it. Whoever comes second is refused
// with Code::would_block, as with EAGAIN; a reclaim that nobody asked for is put off instead.
//
//   5.2    all together, though nothing protected send then (protections.h)
//   5.3    balance and send exclude each other
//   5.14   every relocation of a block group and send exclude each other
//   5.17   all together
#pragma once

#include <mutex>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace canopy {

enum class Rules : u8 { kernel_5_2, kernel_5_3, kernel_5_14, kernel_5_17 };

// "5.2", "5.3", "5.14", "5.17"
std::optional<Rules> rules_named(std::string_view name);
std::string_view rules_name(Rules rules);

class Exclusion {
 public:
  explicit Exclusion(Rules rules) : rules_(rules) {}

  // Each that begins has to end. Code::would_block, with what is in the way.
  Result<void> begin_send();
  void end_send();
  Result<void> begin_balance();
  void end_balance();
  // One block group, of a balance or of a reclaim.
  Result<void> begin_relocation();
  void end_relocation();

 private:
  Rules rules_;
  std::mutex mutex_;
  u64 sends_ = 0;
  u64 balances_ = 0;
  u64 relocations_ = 0;
};

}  // namespace canopy
