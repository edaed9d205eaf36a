#include "stream/test_stream.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "checksum/crc32c.h"
#include "stream/writer.h"

namespace canopy {

std::vector<u8> read_test_file(const std::string& name) {
  std::ifstream file(std::string(TEST_DATA_DIR) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

u64 sample_number(SendAttribute attribute) {
  const u64 number = static_cast<u64>(attribute);
  switch (attribute_info(attribute).encoding) {
    case AttributeEncoding::number8:
      return number;
    case AttributeEncoding::number32:
      return number << 24 | 1;
    default:
      return number << 56 | 2;
  }
}

namespace {

void put_sample(Writer& writer, SendAttribute attribute) {
  constexpr u8 uuid[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const AttributeInfo& info = attribute_info(attribute);
  switch (info.encoding) {
    case AttributeEncoding::number8:
      return writer.put_u8(attribute, static_cast<u8>(sample_number(attribute)));
    case AttributeEncoding::number32:
      return writer.put_u32(attribute, static_cast<u32>(sample_number(attribute)));
    case AttributeEncoding::number64:
      return writer.put_u64(attribute, sample_number(attribute));
    case AttributeEncoding::uuid:
      return writer.put_uuid(attribute, uuid);
    case AttributeEncoding::timespec:
      return writer.put_timespec(attribute, static_cast<u64>(-5), 999999999);
    case AttributeEncoding::text:
      return writer.put_text(attribute, info.name);
    case AttributeEncoding::binary:
      return attribute == SendAttribute::data ? writer.put_data({as_bytes(info.name)})
                                              : writer.put_binary(attribute, as_bytes(info.name));
  }
}

}  // namespace

std::vector<u8> stream_of_every_command(u32 version) {
  MemorySink sink;
  Writer writer(version, sink);
  EXPECT_TRUE(writer.write_stream_header().ok());
  for (u16 number = 1; number < send_command_count; ++number) {
    const auto command = static_cast<SendCommand>(number);
    const CommandInfo& info = command_info(command);
    if (info.since_version > version || command == SendCommand::end) continue;
    writer.begin(command);
    bool has_data = false;
    for (const SendAttribute attribute : info.attributes) {
      has_data |= attribute == SendAttribute::data;
      if (attribute != SendAttribute::data) put_sample(writer, attribute);
    }
    if (has_data) put_sample(writer, SendAttribute::data);
    EXPECT_TRUE(writer.end().ok());
  }
  writer.begin(SendCommand::end);
  EXPECT_TRUE(writer.end().ok());
  return sink.take();
}

void fix_checksums(std::vector<u8>& stream) {
  std::size_t at = stream_header_size;
  while (stream.size() - at >= command_header_size) {
    const std::size_t size = command_header_size + std::size_t{load_le<u32>(stream.data() + at)};
    if (size > stream.size() - at) return;
    store_le(stream.data() + at + 6, u32{0});
    store_le(stream.data() + at + 6, crc32c_raw(0, Bytes(stream).subspan(at, size)));
    at += size;
  }
}

}  // namespace canopy
