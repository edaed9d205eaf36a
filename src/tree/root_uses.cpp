#include "tree/root_uses.h"

#include <utility>

namespace canopy {

RootUses::Use& RootUses::Use::operator=(Use&& other) noexcept {
  if (this == &other) return *this;
  end();
  uses_ = std::exchange(other.uses_, nullptr);
  by_ = other.by_;
  roots_ = std::move(other.roots_);
  return *this;
}

void RootUses::Use::end() {
  if (uses_ == nullptr) return;
  std::scoped_lock hold(uses_->mutex_);
  for (u64 root : roots_) {
    auto count = uses_->counts_.find(root);
    --of(count->second, by_);
    if (count->second.sends == 0 && count->second.dedupes == 0) uses_->counts_.erase(count);
  }
  if (by_ == By::send) --uses_->sends_;
  uses_ = nullptr;
}

Result<RootUses::Use> RootUses::begin(By by, std::vector<u64> roots) {
  std::scoped_lock hold(mutex_);
  for (u64 root : roots) {
    auto found = counts_.find(root);
    if (found == counts_.end()) continue;
    if (by == By::send && found->second.dedupes > 0)
      return error(Code::would_block, "subvolume {} cannot be sent: {} deduplications change it",
                   root, found->second.dedupes)
          .as_errno("EAGAIN");
    if (by == By::dedupe && found->second.sends > 0)
      return error(Code::would_block, "subvolume {} cannot be deduplicated: {} sends use it", root,
                   found->second.sends)
          .as_errno("EAGAIN");
  }
  for (u64 root : roots)
    ++of(counts_[root], by);
  if (by == By::send) ++sends_;
  Use use;
  use.uses_ = this;
  use.by_ = by;
  use.roots_ = std::move(roots);
  return use;
}

u64 RootUses::sends() const {
  std::scoped_lock hold(mutex_);
  return sends_;
}

}  // namespace canopy
