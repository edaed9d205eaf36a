#include "session/stream_view.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>

#include "device/memory_device.h"
#include "sample_session.h"
#include "session/command_rows.h"
#include "stream/writer.h"

namespace canopy {
namespace {

constexpr std::array<u8, 16> UUID = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr std::array<u8, 16> OTHER_UUID = {9, 9, 9};

struct Made {
  std::vector<u8> bytes;
  std::vector<u64> begins;  // of its commands
};

// A stream of a SUBVOL, `files` files with some data each, and an END.
Made make_stream(u32 version, u64 files) {
  MemorySink sink;
  Writer writer(version, sink);
  Made made;
  EXPECT_TRUE(writer.write_stream_header().ok());
  const auto begin = [&](SendCommand kind) {
    made.begins.push_back(writer.offset());
    writer.begin(kind);
  };
  begin(SendCommand::subvol);
  writer.put_text(SendAttribute::path, "monday");
  writer.put_uuid(SendAttribute::uuid, UUID);
  writer.put_u64(SendAttribute::ctransid, 7);
  EXPECT_TRUE(writer.end().ok());
  const std::vector<u8> data(1000, 0x61);
  for (u64 i = 0; i < files; i++) {
    begin(SendCommand::mkfile);
    writer.put_text(SendAttribute::path, fmt::format("file-{}", i));
    writer.put_u64(SendAttribute::ino, 257 + i);
    EXPECT_TRUE(writer.end().ok());
    begin(SendCommand::write);
    writer.put_text(SendAttribute::path, fmt::format("file-{}", i));
    writer.put_u64(SendAttribute::file_offset, 0);
    writer.put_data({data});
    EXPECT_TRUE(writer.end().ok());
  }
  begin(SendCommand::end);
  EXPECT_TRUE(writer.end().ok());
  made.bytes = sink.take();
  return made;
}

std::vector<u8> make_snapshot_stream() {
  MemorySink sink;
  Writer writer(2, sink);
  EXPECT_TRUE(writer.write_stream_header().ok());
  writer.begin(SendCommand::snapshot);
  writer.put_text(SendAttribute::path, "tuesday");
  writer.put_uuid(SendAttribute::uuid, OTHER_UUID);
  writer.put_u64(SendAttribute::ctransid, 9);
  writer.put_uuid(SendAttribute::clone_uuid, UUID);
  writer.put_u64(SendAttribute::clone_ctransid, 7);
  EXPECT_TRUE(writer.end().ok());
  const std::vector<u8> data(3000, 0x62);
  writer.begin(SendCommand::write);
  writer.put_text(SendAttribute::path, "later");
  writer.put_u64(SendAttribute::file_offset, 4096);
  writer.put_data({data});
  EXPECT_TRUE(writer.end().ok());
  writer.begin(SendCommand::end);
  EXPECT_TRUE(writer.end().ok());
  return sink.take();
}

struct Viewed {
  std::shared_ptr<StreamView> view;
  std::shared_ptr<const StreamViewSnapshot> seen;

  const StreamFindings& findings() const { return seen->findings; }
};

// Threads tell their news to the end, whoever waits for them.
News& news() {
  static News all;
  return all;
}

Viewed view(const std::vector<u8>& bytes) {
  Viewed viewed;
  viewed.view = StreamView::open(
      [bytes] { return std::make_unique<MemoryDevice>("x.stream", bytes); }, news().changed());
  news().wait([&] { return viewed.view->snapshot()->ended(); });
  viewed.seen = viewed.view->snapshot();
  return viewed;
}

std::vector<u8> zstd_of(const std::vector<u8>& bytes) {
  std::vector<u8> packed(ZSTD_compressBound(bytes.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 3));
  return packed;
}

std::vector<u8> joined(std::vector<u8> first, const std::vector<u8>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

TEST(StreamView, SaysWhatAWholeStreamHolds) {
  const Made made = make_stream(1, 3000);
  for (const bool packed : {false, true}) {
    const Viewed viewed = view(packed ? zstd_of(made.bytes) : made.bytes);
    ASSERT_TRUE(viewed.seen->is_whole()) << viewed.seen->problem;
    EXPECT_EQ(viewed.seen->is_packed, packed);
    EXPECT_EQ(viewed.seen->bytes, made.bytes.size());
    EXPECT_EQ(viewed.findings().streams, 1u);
    EXPECT_EQ(viewed.findings().data_bytes, 3000u * 1000);
    ASSERT_EQ(viewed.findings().subvolumes.size(), 1u);
    const StreamSubvolume& made_of = viewed.findings().subvolumes[0];
    EXPECT_EQ(made_of.path, "monday");
    EXPECT_EQ(made_of.uuid, UUID);
    EXPECT_EQ(made_of.ctransid, 7u);
    EXPECT_FALSE(made_of.parent);
    EXPECT_EQ(viewed.view->index().count(), 6002u);
    EXPECT_EQ(viewed.view->index().counts()[static_cast<u16>(SendCommand::write)], 3000u);
    const auto places = viewed.view->index().places(4001, 1);
    ASSERT_EQ(places.size(), 1u);
    EXPECT_EQ(places[0].offset, made.begins[4001]);
    const CommandRow row = read_command_row(*viewed.view, places[0]);
    EXPECT_EQ(row.name, "mkfile");
    EXPECT_EQ(row.path, "file-2000");
  }
}

TEST(StreamView, CountsOnThroughStreamsThatFollowEachOther) {
  const Made first = make_stream(1, 700);
  const Viewed viewed = view(joined(first.bytes, make_snapshot_stream()));
  ASSERT_TRUE(viewed.seen->is_whole());
  EXPECT_EQ(viewed.findings().streams, 2u);
  ASSERT_EQ(viewed.findings().subvolumes.size(), 2u);
  const StreamSubvolume& second = viewed.findings().subvolumes[1];
  EXPECT_EQ(second.command, 1402u);
  EXPECT_EQ(second.version, 2u);
  EXPECT_EQ(second.path, "tuesday");
  ASSERT_TRUE(second.parent);
  EXPECT_EQ(second.parent->uuid, UUID);
  EXPECT_EQ(second.parent->ctransid, 7u);
  // The data of protocol 2 has no length.
  const auto places = viewed.view->index().places(1402, 3);
  ASSERT_EQ(places.size(), 3u);
  EXPECT_EQ(places[0].offset, first.bytes.size() + stream_header_size);
  EXPECT_EQ(read_command_row(*viewed.view, places[0]).path, "tuesday");
  EXPECT_EQ(read_command_row(*viewed.view, places[1]).details, "file_offset=4096  data=3000 bytes");
  const auto ends = viewed.view->index().places_of(SendCommand::end, 0, 10);
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[1].index, 1404u);
}

TEST(StreamView, FindsStreamsWhereTheBlocksOfTheIndexBegin) {
  // The last command of the first stream is the last of a block.
  const Made first = make_stream(1, 511);
  ASSERT_EQ(first.begins.size(), 1024u);
  const Viewed viewed = view(joined(first.bytes, make_snapshot_stream()));
  ASSERT_TRUE(viewed.seen->is_whole());
  const auto places = viewed.view->index().places(1023, 2);
  ASSERT_EQ(places.size(), 2u);
  EXPECT_EQ(places[0].version, 1u);
  EXPECT_EQ(places[1].version, 2u);
  EXPECT_EQ(places[1].offset, first.bytes.size() + stream_header_size);
}

TEST(StreamView, SaysWhereAStreamBreaksOff) {
  Made made = make_stream(1, 5);
  made.bytes.resize(static_cast<std::size_t>(made.begins[4]) + 100);
  const Viewed viewed = view(made.bytes);
  EXPECT_EQ(viewed.seen->state, StreamViewSnapshot::State::done);
  EXPECT_FALSE(viewed.seen->is_whole());
  EXPECT_EQ(viewed.view->index().count(), 4u);
  ASSERT_EQ(viewed.findings().damages.size(), 1u);
  EXPECT_EQ(viewed.findings().damages[0].command, 4u);
  EXPECT_EQ(viewed.findings().damages[0].offset, made.begins[4]);
  EXPECT_NE(viewed.findings().damages[0].reason.find("breaks off"), std::string::npos);
}

TEST(StreamView, SaysThatTheEndIsMissing) {
  Made made = make_stream(1, 5);
  made.bytes.resize(static_cast<std::size_t>(made.begins.back()));
  const Viewed viewed = view(made.bytes);
  ASSERT_EQ(viewed.findings().damages.size(), 1u);
  EXPECT_EQ(viewed.findings().damages[0].offset, made.begins.back());
  EXPECT_NE(viewed.findings().damages[0].reason.find("without an END"), std::string::npos);
}

TEST(StreamView, GoesOnBehindACommandWithAWrongCrc) {
  Made made = make_stream(1, 5);
  made.bytes[static_cast<std::size_t>(made.begins[4]) + 40] ^= 1;
  const Viewed viewed = view(made.bytes);
  EXPECT_FALSE(viewed.seen->is_whole());
  EXPECT_FALSE(viewed.findings().lost_at);
  EXPECT_EQ(viewed.view->index().count(), made.begins.size());
  ASSERT_EQ(viewed.findings().damages.size(), 1u);
  EXPECT_EQ(viewed.findings().damages[0].command, 4u);
  EXPECT_EQ(viewed.findings().damages[0].offset, made.begins[4]);
  EXPECT_NE(viewed.findings().damages[0].reason.find("its CRC is"), std::string::npos);
  // The row says the same, and the one behind it is as it should be.
  const auto places = viewed.view->index().places(4, 2);
  EXPECT_NE(read_command_row(*viewed.view, places[0])
                .details.find(fmt::format("command 4 at offset {}", made.begins[4])),
            std::string::npos);
  EXPECT_EQ(read_command_row(*viewed.view, places[1]).name, "mkfile");
}

TEST(StreamView, StopsWhereALengthLeadsAstray) {
  Made made = make_stream(1, 50);
  // Into the middle of a later command.
  made.bytes[static_cast<std::size_t>(made.begins[4])] ^= 0x15;
  const Viewed viewed = view(made.bytes);
  ASSERT_EQ(viewed.findings().damages.size(), 1u);
  EXPECT_EQ(viewed.findings().damages[0].command, 4u);
  EXPECT_EQ(viewed.findings().damages[0].offset, made.begins[4]);
  EXPECT_TRUE(viewed.findings().lost_at);
  EXPECT_LE(viewed.view->index().count(), 5u);
}

TEST(StreamView, SaysThatGarbageFollowsTheStream) {
  const Made made = make_stream(1, 5);
  const Viewed viewed = view(joined(made.bytes, std::vector<u8>(5000, 0x55)));
  EXPECT_EQ(viewed.view->index().count(), made.begins.size());
  ASSERT_EQ(viewed.findings().damages.size(), 1u);
  EXPECT_EQ(viewed.findings().damages[0].offset, made.bytes.size());
  EXPECT_EQ(viewed.findings().lost_at, made.bytes.size());
  EXPECT_NE(viewed.findings().damages[0].reason.find("no send stream begins"), std::string::npos);
}

// Ten zeros are a command whose CRC is right.
TEST(StreamView, TakesZerosForDamage) {
  Made made = make_stream(1, 50);
  std::fill(made.bytes.begin() + static_cast<std::ptrdiff_t>(made.begins[40]), made.bytes.end(),
            u8{0});
  const Viewed viewed = view(made.bytes);
  EXPECT_EQ(viewed.view->index().count(), 40u);
  ASSERT_EQ(viewed.findings().damages.size(), 1u);
  EXPECT_EQ(viewed.findings().damages[0].offset, made.begins[40]);
}

TEST(StreamView, KnowsWhatIsNoStream) {
  EXPECT_EQ(view({}).seen->state, StreamViewSnapshot::State::is_none);
  EXPECT_EQ(view(std::vector<u8>(100000, 3)).seen->state, StreamViewSnapshot::State::is_none);
  EXPECT_EQ(view(zstd_of(std::vector<u8>(100000, 3))).seen->state,
            StreamViewSnapshot::State::is_none);
}

TEST(StreamView, SaysThatItWasCancelled) {
  std::atomic<bool> goes_on = false;
  auto viewed = StreamView::open(
      [&] {
        news().wait([&] { return goes_on.load(); });
        return std::make_unique<MemoryDevice>("x", make_stream(1, 3000).bytes);
      },
      news().changed());
  viewed->cancel();
  goes_on = true;
  news().wait([&] { return viewed->snapshot()->ended(); });
  EXPECT_EQ(viewed->snapshot()->state, StreamViewSnapshot::State::cancelled);
}

TEST(StreamView, TellsOnceTheFileIsNotNeededAnyMore) {
  std::atomic<bool> closed = false;
  auto viewed =
      StreamView::open([] { return std::make_unique<MemoryDevice>("x", make_stream(1, 3).bytes); },
                       news().changed(), [&] { closed = true; });
  news().wait([&] { return viewed->snapshot()->ended(); });
  EXPECT_FALSE(closed);
  viewed.reset();
  news().wait([&] { return closed.load(); });
}

}  // namespace
}  // namespace canopy
