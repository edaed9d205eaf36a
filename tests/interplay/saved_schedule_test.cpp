#include "interplay/saved_schedule.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

TEST(SavedSchedule, IsTheSameWhenItIsReadAgain) {
  SavedSchedule saved;
  saved.settings = {{"batch-blocks", "4"}, {"filters", "usage=50,soft"}, {"until-sent", ""}};
  saved.choices = "send@thread_start balance@thread_start a@test_a b@test_b send@pipe_write";
  const auto again = SavedSchedule::parse(saved.text());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value().settings, saved.settings);
  const std::vector<std::string> names = {"send", "balance", "a", "b"};
  EXPECT_EQ(parse_schedule(again.value().choices, names), parse_schedule(saved.choices, names));
  EXPECT_EQ(again.value().number("batch-blocks", 1).value(), 4u);
  EXPECT_EQ(again.value().number("pipe-size", 7).value(), 7u);
  EXPECT_FALSE(again.value().number("filters", 1).ok());
}

TEST(SavedSchedule, IsReadWithTheEndsOfLinesOfOtherSystems) {
  const auto saved =
      SavedSchedule::parse("canopy schedule 1\r\nwithout restart\r\n\r\na@test_a\r\n");
  ASSERT_TRUE(saved.ok());
  EXPECT_EQ(saved.value().setting("without"), "restart");
  EXPECT_TRUE(parse_schedule(saved.value().choices, {"a"}).has_value());
}

TEST(SavedSchedule, IsRefusedWithoutItsTitle) {
  EXPECT_FALSE(SavedSchedule::parse("").ok());
  EXPECT_FALSE(SavedSchedule::parse("send@thread_start").ok());
}

}  // namespace
}  // namespace canopy
