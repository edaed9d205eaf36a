#include "ui/actions.h"

#include <gtest/gtest.h>

namespace canopy::ui {
namespace {

const std::vector<Action> actions = {
    {"Image", "Open image", "Ctrl+O", 0, true, [] {}},
    {"Send", "Cancel the send", "", 0, false, [] {}},
    {"Send", "Send B", "", 0, true, [] {}},
    {"View", "Light theme", "", 0, true, [] {}},
};

std::vector<std::string> titles(const std::string& query) {
  std::vector<std::string> all;
  for (const Action* action : find_actions(actions, query))
    all.push_back(action->title);
  return all;
}

TEST(Actions, AreFoundByTheWordsOfGroupAndTitleInAnyOrderAndCase) {
  EXPECT_EQ(titles("IMAGE open"), std::vector<std::string>{"Open image"});
  EXPECT_EQ(titles("vi the"), std::vector<std::string>{"Light theme"});
  EXPECT_TRUE(titles("open theme").empty());
}

TEST(Actions, ThatCanBeDoneNowComeFirst) {
  EXPECT_EQ(titles("send"), (std::vector<std::string>{"Send B", "Cancel the send"}));
  EXPECT_EQ(titles("").size(), actions.size());
  EXPECT_EQ(titles("").back(), "Cancel the send");
}

}  // namespace
}  // namespace canopy::ui
