#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <iterator>
#include <sstream>

namespace canopy {
namespace {

using Names = std::vector<std::string>;

struct Parsed {
  Names images, subvolumes;
  std::string file;
};

// What a command with images, subvolumes and an option makes of the words; nothing if it refuses.
std::optional<Parsed> parse(const std::string& words) {
  CommandLine line("Looks", "canopy", "0");
  Command command = line.add("look", "Look at things");
  Parsed parsed;
  add_images_and_subvolumes(command, parsed.images, parsed.subvolumes, "What to look at");
  command.option("-f", parsed.file, "Where to write");
  Names split = {"canopy", "look"};
  std::istringstream rest(words);
  split.insert(split.end(), std::istream_iterator<std::string>(rest), {});
  std::vector<const char*> argv;
  for (const std::string& word : split)
    argv.push_back(word.c_str());
  if (line.read(static_cast<int>(argv.size()), argv.data())) return std::nullopt;
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
