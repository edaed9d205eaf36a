#include "stream/reader.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "checksum/crc32c.h"
#include "stream/histogram.h"
#include "stream/test_stream.h"
#include "stream/writer.h"

namespace canopy {
namespace {

// Reads everything in pieces of the given size and returns what the callback makes of each command.
template <typename F>
Result<void> read_all(Reader& reader, Bytes stream, std::size_t piece, F each) {
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    reader.feed(stream.subspan(at, std::min(piece, stream.size() - at)));
    while (const StreamCommand* command = TRY(reader.next()))
      each(*command);
  }
  return reader.finish();
}

Result<void> read_all(Bytes stream) {
  Reader reader;
  return read_all(reader, stream, 4096, [](const StreamCommand&) {});
}

std::string message_of(Bytes stream) {
  const Result<void> result = read_all(stream);
  return result.ok() ? "no error" : result.error().message();
}

// A stream of one command with these attributes, its CRC right.
std::vector<u8> stream_of(u32 version, u16 number, Bytes attributes) {
  MemorySink sink;
  Writer writer(version, sink);
  EXPECT_TRUE(writer.write_stream_header().ok());
  std::vector<u8> stream = sink.take();
  const std::size_t start = stream.size();
  stream.resize(start + command_header_size + attributes.size());
  store_le(stream.data() + start, static_cast<u32>(attributes.size()));
  store_le(stream.data() + start + 4, number);
  std::copy(attributes.begin(), attributes.end(),
            stream.begin() + static_cast<std::ptrdiff_t>(start + command_header_size));
  store_le(stream.data() + start + 6, crc32c_raw(0, Bytes(stream).subspan(start)));
  return stream;
}

TEST(Reader, EveryCommandOfEveryVersionComesBackAsWritten) {
  for (const u32 version : {1u, 2u, 3u}) {
    const std::vector<u8> stream = stream_of_every_command(version);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, stream.size()}) {
      Reader reader;
      u64 offset = stream_header_size;
      u16 number = 0;
      const Result<void> result =
          read_all(reader, stream, piece, [&](const StreamCommand& command) {
            EXPECT_EQ(command.offset(), offset);
            EXPECT_EQ(command.version(), version);
            EXPECT_TRUE(command.known());
            offset += command.size();
            number = command.number();
            const CommandInfo& info = command_info(command.type());
            EXPECT_EQ(command.attributes().size(), info.attributes.size());
            for (const SendAttribute attribute : info.attributes) {
              switch (attribute_info(attribute).encoding) {
                case AttributeEncoding::number8:
                case AttributeEncoding::number32:
                case AttributeEncoding::number64:
                  EXPECT_EQ(command.number(attribute), sample_number(attribute));
                  break;
                case AttributeEncoding::uuid:
                  EXPECT_EQ(command.uuid(attribute)[3], 3);
                  break;
                case AttributeEncoding::timespec:
                  EXPECT_EQ(command.timespec(attribute), (StreamTime{-5, 999999999}));
                  break;
                case AttributeEncoding::text:
                case AttributeEncoding::binary:
                  EXPECT_EQ(command.text(attribute), attribute_info(attribute).name);
                  break;
              }
            }
          });
      EXPECT_TRUE(result.ok()) << result.error().message();
      EXPECT_EQ(number, 21);
      EXPECT_EQ(offset, stream.size());
      EXPECT_EQ(reader.version(), version);
    }
  }
}

TEST(Reader, AttributesAreGivenInTheirOrderWithTheirOffsets) {
  const std::vector<u8> stream = read_test_file("incremental-v2.stream");
  Reader reader;
  reader.feed(stream);
  const StreamCommand* command = reader.next().value();
  ASSERT_NE(command, nullptr);
  EXPECT_EQ(command->type(), SendCommand::snapshot);
  const SendAttribute expected[] = {SendAttribute::path, SendAttribute::uuid,
                                    SendAttribute::ctransid, SendAttribute::clone_uuid,
                                    SendAttribute::clone_ctransid};
  ASSERT_EQ(command->attributes().size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const AttributeView& view = command->attributes()[i];
    EXPECT_EQ(view.attribute, expected[i]);
    EXPECT_EQ(load_le<u16>(stream.data() + view.offset), static_cast<u16>(expected[i]));
  }
}

TEST(Reader, SeveralStreamsMayFollowEachOther) {
  std::vector<u8> two = stream_of_every_command(2);
  const std::vector<u8> second = stream_of_every_command(1);
  two.insert(two.end(), second.begin(), second.end());
  Reader reader;
  u64 ends = 0;
  EXPECT_TRUE(read_all(reader, two, 1000, [&](const StreamCommand& command) {
                if (command.type() == SendCommand::end) ++ends;
              }).ok());
  EXPECT_EQ(ends, 2u);
}

TEST(Reader, StreamWithoutHeaderIsReadWhenItsVersionIsSaid) {
  const std::vector<u8> stream = stream_of_every_command(2);
  Reader reader(2);
  u64 commands = 0;
  EXPECT_TRUE(
      read_all(reader, Bytes(stream).subspan(stream_header_size), 50, [&](const StreamCommand&) {
        ++commands;
      }).ok());
  EXPECT_EQ(commands, 25u);
}

TEST(Reader, HistogramCountsCommandsAndData) {
  const std::vector<u8> stream = read_test_file("full-v2.stream");
  Reader reader;
  StreamHistogram histogram;
  ASSERT_TRUE(read_all(reader, stream, 4096, [&](const StreamCommand& command) {
                histogram.add(command);
              }).ok());
  EXPECT_EQ(histogram.commands[static_cast<u16>(SendCommand::mkfile)], 7u);
  EXPECT_EQ(histogram.commands[static_cast<u16>(SendCommand::encoded_write)], 1u);
  EXPECT_EQ(histogram.commands[static_cast<u16>(SendCommand::end)], 1u);
  u64 bytes = stream_header_size;
  for (const u64 size : histogram.bytes)
    bytes += size;
  EXPECT_EQ(bytes, stream.size());
  EXPECT_GT(histogram.data_bytes, 12000u);
  EXPECT_LT(histogram.data_bytes, stream.size());
}

TEST(Reader, StreamCutOffAnywhereIsAnErrorAtTheEnd) {
  const std::vector<u8> stream = stream_of_every_command(2);
  for (std::size_t size = 0; size < stream.size(); ++size) {
    EXPECT_FALSE(read_all(Bytes(stream).first(size)).ok()) << size;
  }
  EXPECT_EQ(message_of({}), "the stream is empty");
  EXPECT_EQ(message_of(Bytes(stream).first(10)),
            "the stream breaks off within the header at offset 0");
  const std::vector<u8> without_end(stream.begin(), stream.end() - command_header_size);
  EXPECT_NE(message_of(without_end).find("without an END command"), std::string::npos);
}

TEST(Reader, EveryFlippedBitIsNoticed) {
  const std::vector<u8> stream = stream_of_every_command(1);
  for (std::size_t at = 0; at < stream.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      // No CRC covers the version, and version 3 gives these bytes another meaning.
      if (at == 13 && bit == 1) continue;
      std::vector<u8> bad = stream;
      bad[at] = static_cast<u8>(bad[at] ^ 1 << bit);
      EXPECT_FALSE(read_all(bad).ok()) << at << " " << bit;
    }
  }
}

TEST(Reader, MalformedAttributesAreNamed) {
  EXPECT_NE(message_of(stream_of(1, 11, std::vector<u8>{15})).find("one byte"), std::string::npos);
  EXPECT_NE(message_of(stream_of(1, 11, std::vector<u8>{15, 0, 1})).find("breaks off"),
            std::string::npos);
  EXPECT_NE(message_of(stream_of(1, 11, std::vector<u8>{15, 0, 2, 0, 'a'})).find("longer"),
            std::string::npos);
  EXPECT_NE(message_of(stream_of(1, 11, std::vector<u8>{0, 0, 0, 0})).find("no attribute 0"),
            std::string::npos);
  EXPECT_NE(message_of(stream_of(1, 11, std::vector<u8>{36, 0, 0, 0})).find("no attribute 36"),
            std::string::npos);
  EXPECT_NE(message_of(stream_of(1, 11, std::vector<u8>{3, 0, 4, 0, 1, 2, 3, 4})).find("ino has 4"),
            std::string::npos);
  EXPECT_NE(message_of(stream_of(1, 11, {})).find("unlink command 0 at offset 17"),
            std::string::npos);
}

TEST(Reader, LastOfTwoEqualAttributesCounts) {
  const std::vector<u8> stream =
      stream_of(1, 11, std::vector<u8>{15, 0, 1, 0, 'a', 15, 0, 1, 0, 'b'});
  Reader reader;
  reader.feed(stream);
  const StreamCommand* command = reader.next().value();
  ASSERT_NE(command, nullptr);
  EXPECT_EQ(command->text(SendAttribute::path), "b");
  EXPECT_EQ(command->attributes().size(), 1u);
}

TEST(Reader, CommandsOfUnknownNumbersAreGivenAndMarked) {
  for (const u16 number : {u16{0}, u16{27}, u16{60000}}) {
    const std::vector<u8> stream = stream_of(2, number, {});
    Reader reader;
    reader.feed(stream);
    const StreamCommand* command = reader.next().value();
    ASSERT_NE(command, nullptr);
    EXPECT_FALSE(command->known());
    EXPECT_EQ(command->number(), number);
  }
}

TEST(Reader, VersionsAndLengthsBeyondReasonAreRefused) {
  std::vector<u8> stream = stream_of_every_command(1);
  stream[13] = 4;
  EXPECT_NE(message_of(stream).find("version 4"), std::string::npos);
  stream[13] = 1;
  store_le(stream.data() + stream_header_size, u32{0xfffffff0});
  EXPECT_NE(message_of(stream).find("length"), std::string::npos);
  stream[0] = 'B';
  EXPECT_NE(message_of(stream).find("magic"), std::string::npos);
}

TEST(Reader, AnErrorStays) {
  std::vector<u8> stream = stream_of_every_command(1);
  stream[40] ^= 1;
  Reader reader;
  reader.feed(stream);
  Result<const StreamCommand*> first = reader.next();
  ASSERT_FALSE(first.ok());
  EXPECT_EQ(reader.next().error().message(), first.error().message());
  reader.feed(stream);
  EXPECT_EQ(reader.next().error().message(), first.error().message());
  EXPECT_EQ(reader.finish().error().message(), first.error().message());
}

TEST(Reader, DamagedStreamsWithRightChecksumsAreSurvived) {
  const std::vector<u8> good = read_test_file("incremental-v2.stream");
  Random random(5);
  for (int round = 0; round < 3000; ++round) {
    std::vector<u8> bad = good;
    for (u64 i = 0; i <= random.below(3); ++i) {
      bad[17 + random.below(bad.size() - 17)] = static_cast<u8>(random.next());
    }
    fix_checksums(bad);
    Reader reader;
    (void)read_all(reader, bad, 1 + random.below(3000), [](const StreamCommand& command) {
      u64 sum = 0;
      for (const AttributeView& view : command.attributes()) {
        for (const u8 byte : view.value)
          sum += byte;
      }
      EXPECT_LE(sum, u64{255} * command.size());
    });
  }
}

}  // namespace
}  // namespace canopy
