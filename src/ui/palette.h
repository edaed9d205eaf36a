// The command palette (a line to type in and the actions it finds) and the sheet of keys.
#pragma once

#include "ui/actions.h"
#include "ui/widgets.h"

namespace canopy::ui {

class Palette {
 public:
  void open_commands() { wanted_ = Shown::commands; }
  void open_keys() { wanted_ = Shown::keys; }
  bool is_open() const { return is_open_; }
  // Draws whichever is open; returns the action that was chosen, or nullptr.
  const Action* draw(const Frame& frame, const std::vector<Action>& actions);

 private:
  enum class Shown { nothing, commands, keys };

  const Action* draw_commands(const Frame& frame, const std::vector<Action>& actions);
  const Action* draw_keys(const Frame& frame, const std::vector<Action>& actions);

  Shown wanted_ = Shown::nothing;
  bool is_open_ = false;
  std::string query_;
  int chosen_ = 0;
};

}  // namespace canopy::ui
