#include "relocation/control.h"

namespace canopy {

void RelocationControl::cancel() {
  std::scoped_lock hold(mutex_);
  cancelled_ = true;
  changed_.notify();
}

void RelocationControl::pause() {
  std::scoped_lock hold(mutex_);
  paused_ = true;
}

void RelocationControl::resume() {
  std::scoped_lock hold(mutex_);
  paused_ = false;
  changed_.notify();
}

Result<void> RelocationControl::between_batches() {
  std::unique_lock hold(mutex_);
  changed_.wait(hold, [&] { return cancelled_ || !paused_; });
  if (cancelled_) return error(Code::cancelled, "the relocation was cancelled");
  return {};
}

}  // namespace canopy
