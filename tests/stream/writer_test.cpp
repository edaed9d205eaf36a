#include "stream/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "checksum/crc32c.h"

namespace canopy {
namespace {

constexpr u8 some_uuid[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// The command as it should be, built without the writer.
std::vector<u8> command_bytes(u16 command, Bytes attributes) {
  std::vector<u8> bytes(command_header_size + attributes.size());
  store_le(bytes.data(), static_cast<u32>(attributes.size()));
  store_le(bytes.data() + 4, command);
  std::copy(attributes.begin(), attributes.end(), bytes.begin() + command_header_size);
  store_le(bytes.data() + 6, crc32c_raw(0, bytes));
  return bytes;
}

TEST(Writer, StreamHeaderIsMagicAndVersion) {
  MemorySink sink;
  Writer writer(2, sink);
  ASSERT_TRUE(writer.write_stream_header().ok());
  EXPECT_EQ(as_text(sink.bytes()), std::string_view("btrfs-stream\0\2\0\0\0", 17));
  EXPECT_EQ(writer.offset(), 17u);
}

TEST(Writer, EveryKindOfAttributeIsLaidOutAsTheKernelDoes) {
  MemorySink sink;
  Writer writer(3, sink);
  writer.begin(SendCommand::enable_verity);
  writer.put_text(SendAttribute::path, "ab");
  writer.put_u8(SendAttribute::verity_algorithm, 7);
  writer.put_u32(SendAttribute::verity_block_size, 0x01020304);
  writer.put_u64(SendAttribute::size, 0x0102030405060708);
  writer.put_uuid(SendAttribute::uuid, some_uuid);
  writer.put_timespec(SendAttribute::mtime, 0x1112131415161718, 0x21222324);
  writer.put_binary(SendAttribute::verity_salt_data, {});
  ASSERT_TRUE(writer.end().ok());
  const u8 attributes[] = {
      15,   0,    2,    0,    'a',  'b',                                    //
      32,   0,    1,    0,    7,                                            //
      33,   0,    4,    0,    4,    3,    2,    1,                          //
      4,    0,    8,    0,    8,    7,    6,    5,    4,    3,    2,    1,  //
      1,    0,    16,   0,    0,    1,    2,    3,    4,    5,    6,    7,  //
      8,    9,    10,   11,   12,   13,   14,   15,                         //
      10,   0,    12,   0,    0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
      0x24, 0x23, 0x22, 0x21, 34,   0,    0,    0,
  };
  EXPECT_EQ(sink.bytes(), command_bytes(26, attributes));
  EXPECT_EQ(writer.offset(), sink.bytes().size());
  EXPECT_EQ(writer.command_count(), 1u);
}

TEST(Writer, DataHasALengthOnlyInVersionOne) {
  const std::string_view text = "some data";
  for (const u32 version : {1u, 2u}) {
    MemorySink sink;
    Writer writer(version, sink);
    writer.begin(SendCommand::write);
    writer.put_data({as_bytes(text)});
    ASSERT_TRUE(writer.end().ok());
    std::vector<u8> attributes{19, 0};
    if (version == 1) attributes.insert(attributes.end(), {9, 0});
    attributes.insert(attributes.end(), text.begin(), text.end());
    EXPECT_EQ(sink.bytes(), command_bytes(15, attributes));
    EXPECT_EQ(writer.offset(), sink.bytes().size());
  }
}

TEST(Writer, DataInPiecesWithKnownChecksumsIsTheSameCommand) {
  std::vector<u8> data(20000);
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<u8>(i * i >> 3);
  std::fill(data.begin() + 8192, data.begin() + 12288, u8{0});
  const Bytes all(data);

  MemorySink whole;
  Writer writer(2, whole);
  writer.begin(SendCommand::write);
  writer.put_u64(SendAttribute::file_offset, 4096);
  writer.put_data({all});
  ASSERT_TRUE(writer.end().ok());

  MemorySink pieced;
  Writer again(2, pieced);
  again.begin(SendCommand::write);
  again.put_u64(SendAttribute::file_offset, 4096);
  const DataPiece pieces[] = {
      {all.first(8192), crc32c_raw_from_standard(crc32c(all.first(8192)), 8192)},
      {all.subspan(8192, 4096), 0},
      {all.subspan(12288, 0), 0},
      {all.subspan(12288)},
  };
  again.put_data(pieces);
  ASSERT_TRUE(again.end().ok());
  EXPECT_EQ(whole.bytes(), pieced.bytes());
}

TEST(Writer, CommandsUpToTheKernelsBufferFitAndNoLarger) {
  const std::vector<u8> data(200000);
  for (const u32 version : {1u, 2u}) {
    const u32 header = version == 1 ? 4 : 2;
    const u32 room = max_command_size(version) - command_header_size - header;
    for (const u32 excess : {0u, 1u}) {
      MemorySink sink;
      Writer writer(version, sink);
      writer.begin(SendCommand::write);
      writer.put_data({Bytes(data).first(room + excess)});
      const Result<void> result = writer.end();
      EXPECT_EQ(result.ok(), excess == 0);
      if (excess == 0) continue;
      EXPECT_STREQ(result.error().kernel_errno(), "EOVERFLOW");
      EXPECT_TRUE(sink.bytes().empty());
      // The writer is usable afterwards.
      writer.begin(SendCommand::end);
      EXPECT_TRUE(writer.end().ok());
      EXPECT_EQ(sink.bytes(), command_bytes(21, {}));
    }
  }
}

TEST(Writer, AttributesUpToTheKernelsBufferFitAndNoLarger) {
  const std::string text(max_command_size(1) - command_header_size - 4, 'x');
  MemorySink sink;
  Writer writer(1, sink);
  writer.begin(SendCommand::unlink);
  writer.put_text(SendAttribute::path, text);
  EXPECT_TRUE(writer.end().ok());
  writer.begin(SendCommand::unlink);
  writer.put_text(SendAttribute::path, text + "x");
  EXPECT_FALSE(writer.end().ok());
}

TEST(Writer, CompressedExtentMustFitBehindAPageBoundary) {
  const std::vector<u8> data(200000);
  const u32 room = max_command_size(2) - 4096;
  for (const u32 excess : {0u, 1u}) {
    MemorySink sink;
    Writer writer(2, sink);
    writer.begin(SendCommand::encoded_write);
    const DataPiece piece{Bytes(data).first(room + excess)};
    writer.put_extent_data({&piece, 1});
    EXPECT_EQ(writer.end().ok(), excess == 0);
  }
}

}  // namespace
}  // namespace canopy
