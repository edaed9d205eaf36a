#include "interplay/rules.h"

#include <array>

namespace canopy {
namespace {

constexpr std::array<std::string_view, 4> names = {"5.2", "5.3", "5.14", "5.17"};

Error refused(std::string_view who, std::string_view why) {
  return error(Code::would_block, "{}: {}", who, why).as_errno("EAGAIN");
}

}  // namespace

std::optional<Rules> rules_named(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Rules>(i);
  return std::nullopt;
}

std::string_view rules_name(Rules rules) { return names[static_cast<u8>(rules)]; }

Result<void> Exclusion::begin_send() {
  std::scoped_lock hold(mutex_);
  if (rules_ == Rules::kernel_5_3 && balances_ > 0)
    return refused("send is refused", "a balance is running");
  if (rules_ == Rules::kernel_5_14 && relocations_ > 0)
    return refused("send is refused", "a block group is being relocated");
  ++sends_;
  return {};
}

void Exclusion::end_send() {
  std::scoped_lock hold(mutex_);
  --sends_;
}

Result<void> Exclusion::begin_balance() {
  std::scoped_lock hold(mutex_);
  if (rules_ == Rules::kernel_5_3 && sends_ > 0)
    return refused("balance is refused", "a send is running");
  ++balances_;
  return {};
}

void Exclusion::end_balance() {
  std::scoped_lock hold(mutex_);
  --balances_;
}

Result<void> Exclusion::begin_relocation() {
  std::scoped_lock hold(mutex_);
  if (rules_ == Rules::kernel_5_14 && sends_ > 0)
    return refused("relocation is refused", "a send is running");
  ++relocations_;
  return {};
}

void Exclusion::end_relocation() {
  std::scoped_lock hold(mutex_);
  --relocations_;
}

}  // namespace canopy
