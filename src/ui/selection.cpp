#include "ui/selection.h"

namespace canopy::ui {

void History::go(const Selection& selection) {
  if (selection == current()) return;
  entries_.resize(at_ + 1);
  entries_.push_back(selection);
  if (entries_.size() > limit) entries_.erase(entries_.begin());
  at_ = entries_.size() - 1;
}

void History::go_back() {
  if (can_go_back()) at_--;
}

void History::go_forward() {
  if (can_go_forward()) at_++;
}

}  // namespace canopy::ui
