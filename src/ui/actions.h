// What can be done on the page, as one table: the keys, the command palette and the sheet of keys
// are made of it, so that what one of them knows all of them know.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace canopy::ui {

struct Action {
  const char* group;  // "Image", "Send", ...
  std::string title;  // "Open image"
  const char* keys;   // "Ctrl+O"; empty: only in the palette
  int chord;          // the same as an ImGuiKeyChord; 0: none
  bool enabled;
  std::function<void()> run;
};

// The actions that hold all words of `query` in group or title, in any case: those that can be done
// now first, otherwise in the order of the table.
std::vector<const Action*> find_actions(const std::vector<Action>& actions,
                                        const std::string& query);

}  // namespace canopy::ui
