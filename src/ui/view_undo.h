// Undoing what was done to the view: zoom, tabs, splitters. Where one is (the selection, and which
// view) is in the browser's history instead; neither touches the other.
//
// The state of the view is noted in each frame; what follows within a moment is one change, so that
// a zoom by ten notches of the wheel is undone at once.
#pragma once

#include <optional>
#include <vector>

namespace canopy::ui {

template <typename State>
class ViewUndo {
 public:
  // `now` in seconds, of any clock that only goes on.
  void note(const State& state, double now) {
    if (states_.empty()) {
      states_.push_back(state);
      return;
    }
    if (state == states_[at_]) return;
    const bool goes_on = at_ > 0 && at_ + 1 == states_.size() && now - changed_at_ < one_change;
    changed_at_ = now;
    if (goes_on) {
      states_[at_] = state;
      return;
    }
    states_.resize(at_ + 1);
    states_.push_back(state);
    if (states_.size() > most) states_.erase(states_.begin());
    at_ = states_.size() - 1;
  }
  bool can_undo() const { return at_ > 0; }
  bool can_redo() const { return at_ + 1 < states_.size(); }
  // The state that is to be shown then. REQUIRES: can_undo(), or can_redo().
  const State& undo() {
    changed_at_ = -one_change;
    return states_[--at_];
  }
  const State& redo() {
    changed_at_ = -one_change;
    return states_[++at_];
  }
  void forget() { *this = ViewUndo(); }

 private:
  static constexpr double one_change = 0.6;
  static constexpr std::size_t most = 100;

  std::vector<State> states_;
  std::size_t at_ = 0;
  double changed_at_ = -one_change;
};

}  // namespace canopy::ui
