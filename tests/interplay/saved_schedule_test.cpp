#include "interplay/saved_schedule.h"

#include <gtest/gtest.h>

#include "interplay/settings.h"

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

TEST(InterplaySettings, AreTheSameWhenTheyWereSaved) {
  InterplaySettings settings;
  settings.balance = settings.until_sent = true;
  settings.filters = "usage=50";
  settings.batch_blocks = 3;
  settings.pipe_bytes = 77;
  settings.reclaim = 75;
  settings.dedupe = {"a", "b c"};
  settings.rules = Rules::kernel_5_14;
  settings.protections = Protections::without("restart,pinning").value();
  SavedSchedule saved;
  settings.save(saved);
  const auto parsed = SavedSchedule::parse(saved.text());
  ASSERT_TRUE(parsed.ok());
  const auto again = InterplaySettings::of(parsed.value());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value().protections.left_out(), "restart,pinning");
  EXPECT_EQ(again.value().dedupe, settings.dedupe);
  SavedSchedule twice;
  again.value().save(twice);
  EXPECT_EQ(twice.settings, saved.settings);
}

TEST(InterplaySettings, AreRefusedWhereNobodyUnderstandsThem) {
  for (const auto& [name, value] : std::map<std::string, std::string>{{"without", "everything"},
                                                                      {"rules", "2.6"},
                                                                      {"batch-blocks", "0"},
                                                                      {"pipe-size", "lots"}}) {
    SavedSchedule saved;
    saved.settings[name] = value;
    const auto settings = InterplaySettings::of(saved);
    ASSERT_FALSE(settings.ok()) << name;
    EXPECT_EQ(settings.error().code(), Code::invalid);
  }
}

}  // namespace
}  // namespace canopy
