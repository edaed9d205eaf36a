#include "ui/text.h"

#include <gtest/gtest.h>

#include "ui/hex_lines.h"

namespace canopy::ui {
namespace {

TEST(HexLines, HaveAddressesAndWhatCanBeRead) {
  const std::vector<u8> bytes = {'h', 'i', '\n', 0xff, '~', 0x7f, 'a', 'b', 'c'};
  const std::vector<std::string> lines = hex_lines(bytes, 16, 8);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "00000010  68 69 0a ff 7e 7f 61 62  hi..~.ab");
  EXPECT_EQ(lines[1], "00000018  63                       c");
  EXPECT_TRUE(hex_lines({}, 0, 16).empty());
}

TEST(Text, GroupsDigitsInThrees) {
  EXPECT_EQ(grouped_mono(0), "0");
  EXPECT_EQ(grouped_mono(999), "999");
  EXPECT_EQ(grouped_mono(1000), "1 000");
  EXPECT_EQ(grouped_mono(30408704), "30 408 704");
  EXPECT_EQ(grouped_mono(~u64{0}), "18 446 744 073 709 551 615");
}

TEST(Text, ShowsSizesWithThreeDigitsInBinaryUnits) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1024), "1 KiB");
  EXPECT_EQ(size_text(16384), "16 KiB");
  EXPECT_EQ(size_text(1536 * 1024), "1.50 MiB");
  EXPECT_EQ(size_text(u64{20} << 30), "20 GiB");
  EXPECT_EQ(size_text(123'456'789), "118 MiB");
  EXPECT_EQ(size_text(~u64{0}), "16 EiB");
  EXPECT_EQ(size_text((u64{1} << 20) - 1), "1.00 MiB");  // not quite one
}

TEST(Text, ShowsDurationsInTheTwoUnitsThatCount) {
  EXPECT_EQ(duration_text(0.2), "under a second");
  EXPECT_EQ(duration_text(8), "8 s");
  EXPECT_EQ(duration_text(125), "2 min 5 s");
  EXPECT_EQ(duration_text(4320), "1 h 12 min");
}

TEST(Text, EscapesWhatCannotBeShownInANames) {
  EXPECT_EQ(shown_name("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(shown_name("a\nb\xff"),
            "a\\x0a"
            "b\\xff");
}

TEST(Text, CutsTheMiddleByCharactersNotBytes) {
  EXPECT_EQ(cut_middle("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_middle("abcdefgh", 5), "ab\xe2\x80\xa6gh");
  EXPECT_EQ(cut_middle("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", 3), "\xc3\xa4\xe2\x80\xa6\xc3\x9f");
}

TEST(Text, ShowsTimesInUtc) {
  EXPECT_EQ(time_text(1769847300), "2026-01-31 08:15:00");
  EXPECT_EQ(time_text(0), "\xe2\x80\x93");
}

TEST(Text, NamesTheNilUuid) {
  const u8 nil[16] = {};
  const u8 uuid[16] = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0,
                       0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0};
  EXPECT_EQ(uuid_text(nil), "none");
  EXPECT_EQ(uuid_text(uuid), "12345678-9abc-def0-1234-56789abcdef0");
}

}  // namespace
}  // namespace canopy::ui
