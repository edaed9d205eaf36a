#include "stream/dump.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "base/random.h"
#include "stream/test_stream.h"
#include "stream/writer.h"

namespace canopy {
namespace {

class Dump : public ::testing::Test {
 protected:
  Dump() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

// The text as far as it goes.
std::string dump_of(Bytes stream, Result<void>* result = nullptr) {
  Reader reader;
  StreamDump dump;
  std::string out;
  reader.feed(stream);
  while (true) {
    const Result<const StreamCommand*> command = reader.next();
    if (!command.ok() || command.value() == nullptr) break;
    Result<void> appended = dump.append(*command.value(), out);
    if (appended.ok()) continue;
    if (result != nullptr) *result = std::move(appended);
    break;
  }
  return out;
}

std::string dump_of_path(std::string_view path, Result<void>* result = nullptr) {
  MemorySink sink;
  Writer writer(1, sink);
  EXPECT_TRUE(writer.write_stream_header().ok());
  writer.begin(SendCommand::truncate);
  writer.put_text(SendAttribute::path, path);
  writer.put_u64(SendAttribute::size, 1);
  EXPECT_TRUE(writer.end().ok());
  return dump_of(sink.bytes(), result);
}

TEST_F(Dump, RecordedStreamsPrintAsBtrfsProgsPrintsThem) {
  for (const char* name : {"full-v1", "full-v2", "incremental-v2"}) {
    const std::vector<u8> stream = read_test_file(std::string(name) + ".stream");
    const std::vector<u8> text = read_test_file(std::string(name) + ".dump");
    EXPECT_EQ(dump_of(stream), as_text(text)) << name;
  }
}

TEST_F(Dump, EveryCommandHasItsLine) {
  const std::vector<u8> stream = stream_of_every_command(3);
  const std::vector<u8> text = read_test_file("every-command.dump");
  EXPECT_EQ(dump_of(stream), as_text(text));
}

TEST_F(Dump, CharactersThatBreakALineAreEscaped) {
  EXPECT_EQ(dump_of_path("a\a\b\x1b\f\n\r\t\v \\\x01\x7f\x80\xff"),
            "truncate        ./a\\a\\b\\e\\f\\n\\r\\t\\v\\ \\\\\\001\\177\\200\\377 size=1\n");
}

TEST_F(Dump, PathsAreJoinedWithOneSlashAndCutAtANul) {
  EXPECT_EQ(dump_of_path("dir/"), "truncate        ./dir                           size=1\n");
  EXPECT_EQ(dump_of_path(std::string_view("ab\0cd", 5)),
            "truncate        ./ab                            size=1\n");
}

TEST_F(Dump, FieldsBeginAfterThePathColumnOrOneSpace) {
  EXPECT_EQ(dump_of_path(std::string(29, 'x')),
            "truncate        ./" + std::string(29, 'x') + " size=1\n");
  EXPECT_EQ(dump_of_path(std::string(30, 'x')),
            "truncate        ./" + std::string(30, 'x') + " size=1\n");
  EXPECT_EQ(dump_of_path(std::string(28, 'x')),
            "truncate        ./" + std::string(28, 'x') + "  size=1\n");
}

TEST_F(Dump, TooLongPathEndsTheDump) {
  Result<void> result;
  EXPECT_FALSE(dump_of_path(std::string(4092, 'x'), &result).empty());
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(dump_of_path(std::string(4093, 'x'), &result), "");
  ASSERT_FALSE(result.ok());
  EXPECT_STREQ(result.error().kernel_errno(), "ENAMETOOLONG");
}

TEST_F(Dump, DamagedStreamsWithRightChecksumsAreSurvived) {
  const std::vector<u8> good = read_test_file("incremental-v2.stream");
  Random random(6);
  for (int round = 0; round < 1000; ++round) {
    std::vector<u8> bad = good;
    for (u64 i = 0; i <= random.below(5); ++i) {
      bad[17 + random.below(bad.size() - 17)] = static_cast<u8>(random.next());
    }
    fix_checksums(bad);
    (void)dump_of(bad);
  }
}

}  // namespace
}  // namespace canopy
