#include "cli/command_line.h"

#include <gtest/gtest.h>

namespace canopy {
namespace {

using Names = std::vector<std::string>;

struct Parsed {
  Names images, subvolumes;
  std::string file;
};

// What a command with images, subvolumes and an option makes of the words; nothing if it refuses.
std::optional<Parsed> parse(const std::string& words) {
  CLI::App command;
  Parsed parsed;
  add_images_and_subvolumes(command, parsed.images, parsed.subvolumes, "What to look at");
  command.add_option("-f", parsed.file, "Where to write");
  try {
    command.parse(words);
  } catch (const CLI::ParseError&) {
    return std::nullopt;
  }
  return parsed;
}

TEST(ImagesAndSubvolumes, AreToldApartInEveryOrder) {
  for (const char* words : {"-i a.img snap -f out", "-f out -i a.img snap", "snap -i a.img -f out",
                            "-i a.img -f out snap", "-f out snap -i a.img"}) {
    auto parsed = parse(words);
    ASSERT_TRUE(parsed) << words;
    EXPECT_EQ(parsed->images, Names{"a.img"}) << words;
    EXPECT_EQ(parsed->subvolumes, Names{"snap"}) << words;
    EXPECT_EQ(parsed->file, "out") << words;
  }
}

TEST(ImagesAndSubvolumes, SeveralImagesFollowOneOptionOrRepeatIt) {
  for (const char* words : {"-i a b c snap", "-i a -i b -i c snap", "snap -i a b -i c"}) {
    auto parsed = parse(words);
    ASSERT_TRUE(parsed) << words;
    EXPECT_EQ(parsed->images, (Names{"a", "b", "c"})) << words;
    EXPECT_EQ(parsed->subvolumes, Names{"snap"}) << words;
  }
}

TEST(ImagesAndSubvolumes, NeedBoth) {
  EXPECT_FALSE(parse("-i a.img"));
  EXPECT_FALSE(parse("snap"));
  EXPECT_FALSE(parse(""));
}

}  // namespace
}  // namespace canopy
