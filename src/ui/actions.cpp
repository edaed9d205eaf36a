#include "ui/actions.h"

#include <algorithm>
#include <cctype>

namespace canopy::ui {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool holds_all_words(const std::string& text, const std::string& query) {
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find(' ', at), query.size());
    if (text.find(query.substr(at, end - at)) == std::string::npos) return false;
    at = end + 1;
  }
  return true;
}

}  // namespace

std::vector<const Action*> find_actions(const std::vector<Action>& actions,
                                        const std::string& query) {
  const std::string wanted = lower(query);
  std::vector<const Action*> found;
  for (const bool enabled : {true, false}) {
    for (const Action& action : actions) {
      if (action.enabled != enabled) continue;
      const std::string text = lower(std::string(action.group) + " " + action.title);
      if (holds_all_words(text, wanted)) found.push_back(&action);
    }
  }
  return found;
}

}  // namespace canopy::ui
