#include "session/command_index.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "stream/writer.h"

namespace canopy {
namespace {

struct MadeStream {
  std::vector<u8> bytes;
  std::vector<CommandPlace> places;
};

MadeStream make_stream(u64 commands, u64 seed) {
  MemorySink sink;
  Writer writer(1, sink);
  EXPECT_TRUE(writer.write_stream_header().ok());
  MadeStream made;
  Random random(seed);
  for (u64 i = 0; i < commands; i++) {
    const auto kind = random.below(3) == 0 ? SendCommand::mkfile : SendCommand::unlink;
    const u64 begin = writer.offset();
    writer.begin(kind);
    writer.put_text(SendAttribute::path, std::string(random.below(300), 'x'));
    if (kind == SendCommand::mkfile) writer.put_u64(SendAttribute::ino, i);
    EXPECT_TRUE(writer.end().ok());
    made.places.push_back(
        {i, begin, static_cast<u32>(writer.offset() - begin), static_cast<u16>(kind)});
  }
  made.bytes = sink.take();
  return made;
}

void expect_same(const CommandPlace& a, const CommandPlace& b) {
  EXPECT_EQ(a.index, b.index);
  EXPECT_EQ(a.offset, b.offset);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.number, b.number);
}

TEST(CommandIndex, FindsEveryCommandHoweverTheStreamIsCut) {
  const MadeStream made = make_stream(5000, 1);
  CommandIndex index;
  Random random(2);
  for (std::size_t at = 0; at < made.bytes.size();) {
    const std::size_t length = std::min<std::size_t>(1 + random.below(700), made.bytes.size() - at);
    ASSERT_TRUE(index.append(Bytes(made.bytes).subspan(at, length)).ok());
    at += length;
  }
  ASSERT_EQ(index.count(), 5000u);
  EXPECT_EQ(index.version(), 1u);
  for (const u64 first : {0u, 1u, 1023u, 1024u, 4990u}) {
    const auto found = index.places(first, 50);
    ASSERT_EQ(found.size(), std::min<u64>(50, 5000 - first));
    for (std::size_t i = 0; i < found.size(); i++) {
      expect_same(found[i], made.places[static_cast<std::size_t>(first) + i]);
    }
  }
  EXPECT_TRUE(index.places(5000, 10).empty());
}

TEST(CommandIndex, CountsTheCommandsOfOneKindAmongThemselves) {
  const MadeStream made = make_stream(4000, 3);
  CommandIndex index;
  ASSERT_TRUE(index.append(made.bytes).ok());
  std::vector<CommandPlace> wanted;
  for (const CommandPlace& place : made.places) {
    if (place.number == static_cast<u16>(SendCommand::mkfile)) wanted.push_back(place);
  }
  EXPECT_EQ(index.counts()[static_cast<u16>(SendCommand::mkfile)], wanted.size());
  for (const std::size_t first : {std::size_t{0}, std::size_t{500}, wanted.size() - 3}) {
    const auto found = index.places_of(SendCommand::mkfile, first, 20);
    ASSERT_EQ(found.size(), std::min<std::size_t>(20, wanted.size() - first));
    for (std::size_t i = 0; i < found.size(); i++)
      expect_same(found[i], wanted[first + i]);
  }
}

TEST(CommandIndex, RefusesWhatIsNoStream) {
  CommandIndex index;
  const std::vector<u8> bytes(100, 0x55);
  const auto result = index.append(bytes);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::corrupt);
}

}  // namespace
}  // namespace canopy
