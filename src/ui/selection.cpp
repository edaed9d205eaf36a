#include "ui/selection.h"

namespace canopy::ui {

const std::vector<std::string>& view_names() {
  static const std::vector<std::string> names = {"Trees", "Difference", "Block groups",
                                                 "Files", "Check",      "Space"};
  return names;
}

bool History::go(const Selection& selection, View view) {
  if (selection == current().selection && view == current().view) return false;
  entries_.resize(at_ + 1);
  entries_.push_back({selection, view, ++last_number_});
  if (entries_.size() > limit) entries_.erase(entries_.begin());
  at_ = entries_.size() - 1;
  return true;
}

bool History::visit(u64 number) {
  for (std::size_t i = 0; i < entries_.size(); i++) {
    if (entries_[i].number != number) continue;
    at_ = i;
    return true;
  }
  return false;
}

}  // namespace canopy::ui
